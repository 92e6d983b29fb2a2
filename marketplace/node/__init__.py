"""Daemons: a seller's delivery, an evaluator, and who follows contests. The command line starts them.

Each has its decisions in a module of pure functions (`selling`, `judging`, `following`: a state gives the
next action) and a role that reads the state and does what was decided (`seller`, `evaluator`, `follower`).
`loop` runs a role, `report` says what it does, `health` answers who asks, `lock` keeps a second one away.
"""
