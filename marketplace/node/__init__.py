"""Daemons, which the command line starts: a seller's, an evaluator's, and those who follow bounties.

Each has its decisions in a module of pure functions (`selling`, `judging`, `following`, and
`services.proof_turns`: a state gives the next action) and a role that reads the state and does what was
decided (`seller`, `evaluator`, `follower`, `proof_follower`).
`loop` runs a role, `report` says what it does, `health` answers who asks, `lock` keeps a second one away.
"""
