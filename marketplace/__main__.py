"""``python -m marketplace`` is ``tessera``."""

from marketplace.cli import main

if __name__ == "__main__":
    main()
