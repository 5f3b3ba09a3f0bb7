"""The folder of texts: what is read, what is left out and why, and no letter guessed."""

from __future__ import annotations

import codecs
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import resources
from assistant.corpus.files import Listing, list_files
from assistant.corpus.load import LARGEST, Loaded, decode, documents_of, load_documents, title_of
from assistant.corpus.manifest import Manifest, read_manifest
from assistant.errors import CorpusError

WORDS = b"The office opens at nine.\n"


def load(root: Path) -> dict[str, Loaded]:
    listing = list_files(root)
    return {each.file.source: each for each in load_documents(listing, read_manifest(listing))}


def skipped(listing: Listing) -> dict[str, str]:
    return {each.source: each.why for each in listing.skipped}


def text_of(root: Path, data: bytes) -> str:
    (root / "a.txt").write_bytes(data)
    document = load(root)["a.txt"].document
    assert document is not None
    return document.text


def why_not(root: Path, data: bytes) -> str:
    (root / "a.txt").write_bytes(data)
    loaded = load(root)["a.txt"]
    assert loaded.document is None
    return loaded.why


def test_texts_are_listed_by_name(tmp_path: Path) -> None:
    """Texts in all folders are listed in one order, by paths with `/`; other suffixes are left out."""
    for name in ("b.txt", "a/z.MD", "a/b/c.txt", "café 😀.md", "page.html", "noname"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(WORDS)
    listing = list_files(tmp_path)
    assert [file.source for file in listing.files] == ["a/b/c.txt", "a/z.MD", "b.txt", "café 😀.md"]
    assert skipped(listing) == dict.fromkeys(["noname", "page.html"], "not one of .md, .txt")
    assert {file.size for file in listing.files} == {len(WORDS)}


def test_hidden_names_are_not_entered(tmp_path: Path) -> None:
    """Hidden files and folders are as if they were not there."""
    for name in (".git/notes.txt", ".hidden.txt", "shown.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(WORDS)
    listing = list_files(tmp_path)
    assert [file.source for file in listing.files] == ["shown.txt"]
    assert listing.skipped == ()


def test_links_and_pipes_are_left_out(corpus: Path, tmp_path: Path) -> None:
    """A link to a file, a folder, itself or nothing, and a pipe, are named with the reason and never read."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_bytes(WORDS)
    targets = {
        "file.txt": tmp_path / "outside" / "secret.txt",
        "folder": tmp_path / "outside",
        "loop.txt": corpus / "loop.txt",
        "up": corpus,
        "nothing.txt": tmp_path / "nothing",
    }
    for name, target in targets.items():
        (corpus / name).symlink_to(target)
    os.mkfifo(corpus / "pipe.txt")
    listing = list_files(corpus)
    assert [file.source for file in listing.files] == ["garden.md", "office.txt"]
    assert skipped(listing) == dict.fromkeys(targets, "a symbolic link") | {"pipe.txt": "not a regular file"}


@pytest.mark.parametrize("become", ["link", "pipe", "folder", "nothing"])
def test_file_that_changes_kind_before_it_is_read(corpus: Path, become: str) -> None:
    """A file that became a link, a pipe, a folder or nothing since it was listed is left out."""
    listing = list_files(corpus)
    path = corpus / "office.txt"
    path.unlink()
    if become == "link":
        path.symlink_to(corpus / "garden.md")
    elif become == "pipe":
        os.mkfifo(path)
    elif become == "folder":
        path.mkdir()
    garden, office = load_documents(listing, Manifest())
    assert garden.document is not None
    assert office.document is None
    assert office.why


def test_name_that_is_not_utf8_is_left_out(tmp_path: Path) -> None:
    """A file name of foreign bytes is listed as skipped, in characters that can be printed."""
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")).write_bytes(WORDS)
    assert skipped(list_files(tmp_path)) == {"caf\ufffd.txt": "its name has characters that cannot be shown"}


@pytest.mark.parametrize("spelling", ["absolute", "relative", "link", "home"])
def test_single_file_is_a_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spelling: str) -> None:
    """One file alone is a corpus of one text, whose neighbours are not read, however it is spelt."""
    for name in ("notes.txt", "other.txt"):
        (tmp_path / name).write_bytes(WORDS)
    (tmp_path / "link.txt").symlink_to(tmp_path / "notes.txt")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    spelt = {
        "absolute": str(tmp_path / "notes.txt"),
        "relative": "notes.txt",
        "link": "link.txt",
        "home": "~/notes.txt",
    }
    listing = list_files(Path(spelt[spelling]))
    assert [file.source for file in listing.files] == ["notes.txt"]
    assert (listing.root, listing.skipped, listing.manifest) == (tmp_path.resolve(), (), "")
    (loaded,) = load_documents(listing, Manifest())
    assert loaded.document is not None
    assert loaded.document.text == WORDS.decode()


@pytest.mark.parametrize(
    "name", ["missing", "office.txt/below", "pipe", "loop", "x" * 300, "nul\0", "~nosuchuser/x"]
)
def test_corpus_that_cannot_be_read(corpus: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A corpus that is missing or no folder is a CorpusError that names the path and the option."""
    os.mkfifo(corpus / "pipe")
    (corpus / "loop").symlink_to("loop")
    monkeypatch.chdir(corpus)
    with pytest.raises(CorpusError) as caught:
        list_files(Path(name))
    assert repr(name) in str(caught.value)
    assert "--corpus" in str(caught.value)


def test_stamp_changes_with_the_file(corpus: Path) -> None:
    """A stamp stays while the file does, and a rewrite of equal length and time changes it."""
    before = list_files(corpus)
    assert list_files(corpus) == before
    path = corpus / "office.txt"
    status = path.stat()
    path.write_bytes(path.read_bytes().upper())
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    changed = [
        old.source for old, new in zip(before.files, list_files(corpus).files, strict=True) if old != new
    ]
    assert changed == ["office.txt"]


@pytest.mark.parametrize(
    "text",
    [
        "One.\r\nTwo.\r\n",
        "One.\rTwo.",
        "One.\fTwo.\v",
        "a\0b " * 20 + "c" * 2000,
        "e\u0301 é 😀 שלום\u200b",
        "a\ufeffb",
        "One.\n\n\n",
    ],
    ids=lambda text: ascii(text[:12]),
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_is_kept_to_the_letter(tmp_path: Path, text: str, encoding: str) -> None:
    """UTF-8 with or without a mark, and UTF-16 with one, give the same text, line ends and all."""
    assert text_of(tmp_path, text.encode(encoding)) == text


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_utf16_of_both_orders_is_read(tmp_path: Path, mark: bytes) -> None:
    """The byte order mark tells the order of UTF-16 and is dropped."""
    order = "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"
    assert text_of(tmp_path, mark + "Tür 😀".encode(order)) == "Tür 😀"


@pytest.mark.parametrize(
    ("data", "offset", "byte"),
    [
        ("Die Tür".encode("latin-1"), 5, "0xfc"),
        (b"\x80", 0, "0x80"),
        (b"ab\xc3", 2, "0xc3"),
        (b"ab\xed\xa0\x80", 2, "0xed"),
        ("a".encode("utf-16-be") + b"\xff", 2, "0xff"),
        (codecs.BOM_UTF8 + b"ab\xffcd", 5, "0xff"),
    ],
)
def test_bytes_that_are_no_utf8_are_refused(tmp_path: Path, data: bytes, offset: int, byte: str) -> None:
    """Other encodings are left out, never guessed: the reason names the file's byte and the remedy."""
    assert why_not(tmp_path, data) == f"not UTF-8: byte {offset} is {byte}; save it as UTF-8"


@pytest.mark.parametrize(
    ("data", "offset"), [(b"a", 2), (b"a\0b", 4), ("\ud800a".encode("utf-16-le", "surrogatepass"), 2)]
)
def test_broken_utf16_is_refused(tmp_path: Path, data: bytes, offset: int) -> None:
    """UTF-16 that stops within a character or holds half a pair is left out, its place named."""
    assert f"byte {offset} " in why_not(tmp_path, codecs.BOM_UTF16_LE + data)


@pytest.mark.parametrize(
    "data",
    [bytes(range(32)) * 20, b"\0" * 100 + WORDS, "abc".encode("utf-32"), b"\x1b[0m" * 20, b"\x00\x01"],
    ids=repr,
)
def test_binary_is_refused(tmp_path: Path, data: bytes) -> None:
    """Bytes that decode but are control characters for the most part are no text."""
    assert "control characters" in why_not(tmp_path, data)


@pytest.mark.parametrize(
    "data", [b"", b"\n \r\n", codecs.BOM_UTF8, codecs.BOM_UTF16_BE, b"*** --- ***", "😀".encode()], ids=repr
)
def test_text_without_words_is_left_out(tmp_path: Path, data: bytes) -> None:
    """A file without a letter or digit is left out, and the reason is not an error."""
    assert why_not(tmp_path, data) == "no words in it"


def test_huge_file_is_left_out_unread(tmp_path: Path) -> None:
    """A file above the limit is left out; the reason names its size and the limit."""
    with (tmp_path / "a.txt").open("wb") as stream:
        stream.truncate(LARGEST + 1)
    (loaded,) = load(tmp_path).values()
    assert (loaded.document, loaded.sha256) == (None, "")
    assert f"{LARGEST + 1} bytes" in loaded.why
    assert str(LARGEST) in loaded.why


@settings(max_examples=50, deadline=None)
@given(st.text())
def test_decode_gives_back_what_was_encoded(text: str) -> None:
    """What decodes is exactly what was written, less one byte order mark."""
    try:
        decoded = decode(text.encode("utf-8"))
    except ValueError as error:
        assert "control characters" in str(error)
        return
    assert decoded == text.removeprefix("\ufeff")


def test_digest_is_of_the_bytes(corpus: Path) -> None:
    """A loaded file carries the digest of its bytes, also when it is left out."""
    (corpus / "bad.txt").write_bytes(b"\xff\xff\xff")
    loaded = load(corpus)
    for name in ("bad.txt", "office.txt"):
        assert loaded[name].sha256 == hashlib.sha256((corpus / name).read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("source", "text", "title"),
    [
        ("a/b.md", "# The  *garden* #\n\nIt closes at dusk.", "The *garden*"),
        ("a.txt", "The Garden\r\n\r\nIt closes at dusk.", "The Garden"),
        ("a/b.c.txt", "It closes at dusk. It opens at nine.", "b.c"),
        ("a/b.txt", "", "b"),
        (".txt", "x", ".txt"),
        ("memo", "x", "memo"),
    ],
)
def test_title_is_the_first_heading_or_the_stem(source: str, text: str, title: str) -> None:
    """A document is called by its first line when that is a heading, else by its file's stem."""
    assert title_of(source, text) == title


def test_documents_of_texts_in_memory() -> None:
    """Texts in memory become documents in order of their names, and those without words are left out."""
    documents = documents_of({"b.txt": "# Two\n\nb\r\n", "a.txt": "One is here.", "c.txt": " … "})
    assert [(each.source, each.title, each.text) for each in documents] == [
        ("a.txt", "a", "One is here."),
        ("b.txt", "Two", "# Two\n\nb\r\n"),
    ]


def test_manifest_gives_titles(corpus: Path) -> None:
    """The manifest's title goes before the text's, and the manifest itself is no text of the corpus."""
    (corpus / "manifest.toml").write_text(
        'questions = ["Who has the key?"]\n[documents."garden.md"]\ntitle = "Der Garten"\ndate = "2023"\n'
    )
    loaded = load(corpus)
    assert {name: each.document and each.document.title for name, each in loaded.items()} == {
        "garden.md": "Der Garten",
        "office.txt": "office",
    }
    assert read_manifest(list_files(corpus)).questions == ("Who has the key?",)
    assert list_files(corpus).manifest != ""


def test_without_a_manifest(corpus: Path) -> None:
    """A corpus need not have a manifest."""
    assert read_manifest(list_files(corpus)) == Manifest()
    assert list_files(corpus).manifest == ""


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b'question = ["a slip"]', "question"),
        (b'[documents."a.txt"]\ntitel = "A"\ntitle = "A"', "documents.a.txt.titel"),
        (b'[documents."a.txt"]\ndate = "2023"', "documents.a.txt.title"),
        (b'[documents."a.txt"]\ntitle = ""', "documents.a.txt.title"),
        (b'[documents."a.txt"]\ntitle = 5', "documents.a.txt.title"),
        (b'documents = "all"', "documents"),
        (b"questions = [", "TOML"),
        (b'questions = ["T\xfcr"]', "TOML"),
        (b"a = 1\na = 2", "TOML"),
    ],
)
def test_manifest_with_a_slip(corpus: Path, content: bytes, named: str) -> None:
    """An unknown name, a wrong value or broken TOML is a CorpusError that names the file and the place."""
    (corpus / "manifest.toml").write_bytes(content)
    with pytest.raises(CorpusError) as caught:
        read_manifest(list_files(corpus))
    assert named in str(caught.value)
    assert repr(str(corpus / "manifest.toml")) in str(caught.value)
    assert "mend" in str(caught.value)


def test_manifest_below_the_root_is_no_text(corpus: Path) -> None:
    """A file named like the manifest in a folder below is left out like any other suffix."""
    (corpus / "below").mkdir()
    (corpus / "below" / "manifest.toml").write_text('questions = ["Which?"]\n')
    listing = list_files(corpus)
    assert [file.source for file in listing.files] == ["garden.md", "office.txt"]
    assert skipped(listing) == {"below/manifest.toml": "not one of .md, .txt"}


def test_linked_manifest_is_not_followed(corpus: Path, tmp_path: Path) -> None:
    """A manifest that is a link is left out like any link, so nothing outside the folder is read."""
    (tmp_path / "outside.toml").write_text('questions = ["From outside?"]\n')
    (corpus / "manifest.toml").symlink_to(tmp_path / "outside.toml")
    assert skipped(list_files(corpus)) == {"manifest.toml": "a symbolic link"}
    assert read_manifest(list_files(corpus)) == Manifest()


def test_the_shipped_corpus() -> None:
    """Every shipped file is read, every document of its manifest exists, and it suggests questions."""
    root = resources.folder("corpus")
    loaded = load(root)
    assert all(each.document for each in loaded.values())
    assert set(read_manifest(list_files(root)).documents) <= set(loaded)
    assert read_manifest(list_files(root)).questions
    assert list_files(root).skipped == ()
