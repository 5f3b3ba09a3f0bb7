"""Who serves a model: `PROVIDER:MODEL` and the environment, or an object, become a `LanguageModel`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast
from urllib.parse import urlsplit

from ..errors import SettingError
from ..seams import LanguageModel

PROVIDERS: Mapping[str, str] = {
    "openai": "openai:gpt-4.1-mini, with OPENAI_API_KEY",
    "ollama": "ollama:llama3.2, on this machine unless OLLAMA_HOST says otherwise",
    "openai-like": "openai-like:MODEL, with OPENAI_API_BASE such as http://127.0.0.1:8000/v1",
}
OPENAI = "https://api.openai.com/v1"
OLLAMA_PORT = 11434


def language_model(llm: object | None, environment: Mapping[str, str]) -> LanguageModel | None:
    """The model that is meant; None for none.

    Args:
        llm: `PROVIDER:MODEL`, a LlamaIndex `LLM`, or a `LanguageModel`, which stays as it is.
        environment: where keys and addresses are.

    Raises:
        SettingError: there is no such provider, or its key or address is missing or cannot work.
    """
    if llm is None or llm == "":
        return None
    if isinstance(llm, str):
        return _served(llm, environment)
    if callable(getattr(llm, "write", None)) and hasattr(llm, "name") and hasattr(llm, "host"):
        return cast(LanguageModel, llm)
    return _plugged(llm)


def _served(spec: str, environment: Mapping[str, str]) -> LanguageModel:
    provider, _, model = (part.strip() for part in spec.partition(":"))
    if provider not in PROVIDERS or not model or not model.isprintable():
        choices = "; ".join(PROVIDERS.values())
        raise SettingError(f"{spec!r} is no language model; write PROVIDER:MODEL: {choices}")
    key = environment.get("OPENAI_API_KEY", "").strip()
    if provider == "ollama":
        address, key = _of_ollama(environment.get("OLLAMA_HOST", "").strip()), ""
    else:
        address = _of_server(provider, environment)
    if provider == "openai" and not key:
        raise SettingError(f"{spec!r} needs a key; run: export OPENAI_API_KEY=...")
    if not key.isascii() or not key.isprintable():
        raise SettingError("OPENAI_API_KEY has characters that no key has; copy it again")

    # The client library takes two seconds to import: not before all is known to fit.
    from .served import ServedModel

    return ServedModel(model, provider, address, key)


def _of_server(provider: str, environment: Mapping[str, str]) -> str:
    for name in ("OPENAI_API_BASE", "OPENAI_BASE_URL"):
        if given := environment.get(name, "").strip():
            return _checked(name, given)
    if provider == "openai":
        return OPENAI
    raise SettingError(
        "openai-like: needs the address of its server; run: export OPENAI_API_BASE=http://127.0.0.1:8000/v1"
    )


def _of_ollama(given: str) -> str:
    """Its OpenAI-compatible address; OLLAMA_HOST may lack the scheme, the host or the port."""
    parts = urlsplit(_checked("OLLAMA_HOST", given if "://" in given else f"http://{given or '127.0.0.1'}"))
    host = parts.hostname or "127.0.0.1"
    if host in ("0.0.0.0", "::"):  # noqa: S104 where a server listens, not where it is reached
        host = "127.0.0.1"
    host = f"[{host}]" if ":" in host else host
    port = parts.port or (443 if parts.scheme == "https" else OLLAMA_PORT)
    return f"{parts.scheme}://{host}:{port}{parts.path.rstrip('/').removesuffix('/v1')}/v1"


def _checked(name: str, given: str) -> str:
    """The address, when it can be one. What is wrong is told without it where it may hold a password."""
    try:
        parts = urlsplit(given)
        _ = parts.port
    except ValueError as error:
        raise SettingError(
            f"{name} is no address ({error}); write one such as http://127.0.0.1:8000/v1"
        ) from None
    if parts.username or parts.password:
        raise SettingError(f"{name} holds a user's name; write the address alone, the key in OPENAI_API_KEY")
    alone = name == "OLLAMA_HOST" and parts.netloc.startswith(":")
    if parts.scheme not in ("http", "https") or not (parts.hostname or alone) or not given.isprintable():
        raise SettingError(f"{name}={given!r} is no address; write one such as http://127.0.0.1:8000/v1")
    return given.rstrip("/")


def _plugged(llm: object) -> LanguageModel:
    """Whoever made a LlamaIndex object has paid for the import already."""
    from .plugged import LLM, PluggedModel

    if isinstance(llm, LLM):
        return PluggedModel(llm)
    raise SettingError(
        f"an object of the type {type(llm).__name__!r} is no language model; give PROVIDER:MODEL, "
        "a LlamaIndex LLM or an assistant.seams.LanguageModel"
    )
