"""Where the shipped data lies: inside the package in a wheel, beside it in a checkout."""

from pathlib import Path

PACKAGE = Path(__file__).parent
CHECKOUT = PACKAGE.parent


def in_checkout() -> bool:
    """Whether the package runs from a checkout, where `corpus/` lies beside it."""
    return not (PACKAGE / "data").is_dir() and (CHECKOUT / "corpus").is_dir()


def folder(name: str) -> Path:
    """The data folder `name` (`corpus`, `models`, ...), which need not exist."""
    packaged = PACKAGE / "data" / name
    return packaged if packaged.is_dir() else CHECKOUT / name
