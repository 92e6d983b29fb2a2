# Tessera: `make demo` shows it, `make test` proves it, `make help` lists the rest.
# Everything they set up lies in .venv, node_modules and build; `make clean` removes it.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && exit; done; echo python3)
PY := .venv/bin/python
NEEDS := pyproject.toml package.json package-lock.json tools/setup.py $(wildcard marketplace/native/*.c)

.DEFAULT_GOAL := help
.PHONY: help setup dev demo demo-proved proving circuits test quick deep check format artifacts kubo geth docs bench plots fuzz mutants prove clean

help: ## List what make can do
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

setup: .venv/stamps/product ## Set up what the product needs (.venv/bin/tessera)

dev: .venv/stamps/dev ## Set up what the tests need as well (.venv/bin/brownie)

.venv/stamps/product: $(NEEDS)
	@$(PYTHON) tools/setup.py product

.venv/stamps/dev: $(NEEDS)
	@$(PYTHON) tools/setup.py dev
	@touch .venv/stamps/product

demo: .venv/stamps/product ## Run the whole story: make demo [DATA=file.csv TARGET=column]
	@.venv/bin/tessera demo $${DATA:+--data "$$DATA"} $${TARGET:+--target "$$TARGET"}

demo-proved: .venv/stamps/product ## Run the story of a proved score, its tools fetched first (needs npm)
	@TESSERA_PROVING=build/proving .venv/bin/tessera proved demo

test: .venv/stamps/dev ## Run every test: package, contracts, invariants, whole stories
	@$(PY) tools/test.py

quick: .venv/stamps/dev ## Run what an edit wants checked, in under a minute
	@.venv/bin/ruff check -q .
	@$(PY) tools/test.py quick

deep: .venv/stamps/dev ## Run every test at length: whole sweeps, long fuzzing (hours)
	@$(PY) tools/test.py deep

check: .venv/stamps/dev ## Check format, lint, types, Solidity style, the shipped artifacts and the vectors of scores
	.venv/bin/ruff format --check -q .
	.venv/bin/ruff check -q .
	.venv/bin/mypy
	$(PY) tools/npx.py solhint --max-warnings 0 'contracts/**/*.sol'
	$(PY) tools/compile.py --check
	$(PY) tools/circuits.py --check
	$(PY) tools/score_vectors.py --check

format: .venv/stamps/dev ## Format the Python code
	.venv/bin/ruff format -q .
	.venv/bin/ruff check -q --fix .

artifacts: .venv/stamps/dev ## Compile the contracts into the artifacts that the package ships
	$(PY) tools/compile.py

kubo: .venv/stamps/dev ## Build the IPFS node of the tests into build/ipfs (needs Go)
	@$(PY) tools/kubo.py

geth: .venv/stamps/dev ## Build the Ethereum node of the tests into build/geth (needs Go)
	@$(PY) tools/geth.py

proving: .venv/stamps/dev ## Fetch the proving tools of the tests into build/proving (needs npm)
	@$(PY) tools/proving.py

circuits: .venv/stamps/dev ## Compile the circuits into what the package ships (minutes)
	@$(PY) tools/circuits.py

docs: .venv/stamps/dev ## Write anew what is generated: commands, package, quick start, picture, notebook
	$(PY) tools/cli_docs.py
	$(PY) tools/api.py
	$(PY) tools/quickstart.py --write
	$(PY) tools/picture.py
	$(PY) tools/tour.py

bench: .venv/stamps/dev ## Measure gas and speed, print a table, write build/bench.json
	@$(PY) tools/bench.py

fuzz: .venv/stamps/dev ## Throw bytes at each parser for a minute, guided by what they reach
	@$(PY) tools/fuzz.py --seconds 60

prove: .venv/stamps/dev ## Prove what moves money (halmos), read the contracts for known faults (slither)
	@$(PY) tools/prove.py

plots: .venv/stamps/dev ## Measure how cost grows with size, write docs/speed.md and docs/speed.svg
	@$(PY) tools/plots.py

mutants: .venv/stamps/dev ## Change the contracts in thousands of small ways; list what no test of forge notices
	@$(PY) tools/mutants.py

clean: ## Remove everything that was set up or built
	rm -rf .venv node_modules build .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info marketplace/native/*.so
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
