"""``python -m clickcut`` is the command ``clickcut``."""

from clickcut.cli.app import main

if __name__ == "__main__":
    main()
