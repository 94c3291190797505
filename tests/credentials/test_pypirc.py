"""A `.pypirc` gives what twine takes from it: held against twine's own reading."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twine import exceptions
from twine.utils import get_config, get_repository_from_config

from preflight.credentials.pypirc import Absence, Pypirc, Repository, effective_url, read_pypirc
from preflight.sources.ini import IniValue, parse_ini
from preflight.sources.text import Source, SourceSyntaxError


def read(text: str) -> Pypirc:
    return read_pypirc(parse_ini(Source(".pypirc", text)))


def value(option: IniValue | None) -> str | None:
    return None if option is None else option.value


USUAL = """\
[distutils]
index-servers =
    pypi
    testpypi
    private

[pypi]
username = __token__
password = secret-of-pypi

[testpypi]
password = secret-of-test

[private]
repository: http://upload.example.org/
username: me
password: secret-of-private
ca_cert: /etc/ca.pem
client_cert: /etc/client.pem
"""


def test_usual_file() -> None:
    pypirc = read(USUAL)
    assert list(pypirc.repositories) == ["pypi", "testpypi", "private"]
    pypi, testpypi, private = pypirc.repositories.values()
    assert (pypi.url, pypi.index, pypi.twine_username) == ("https://upload.pypi.org/legacy/", "pypi", "__token__")
    assert (testpypi.url, testpypi.index) == ("https://test.pypi.org/legacy/", "testpypi")
    assert (private.url, private.index, private.twine_username) == ("http://upload.example.org/", None, "me")
    assert (value(private.ca_cert), value(private.client_cert)) == ("/etc/ca.pem", "/etc/client.pem")
    assert (pypirc.missing, pypirc.unlisted, pypirc.server_login, pypirc.duplicates) == ((), (), None, ())


def test_every_value_knows_its_place() -> None:
    pypirc = read(USUAL)
    pypi = pypirc.repositories["pypi"]
    assert pypi.password is not None
    assert (pypi.password.place.line, pypi.password.place.text) == (9, "secret-of-pypi")
    assert (pypi.password.key_place.line, pypi.password.key_place.text) == (9, "password")
    assert pypi.section is not None
    assert pypi.section.place.line == 7
    assert pypirc.index_servers is not None
    assert [(entry.name, entry.place.line, entry.place.text) for entry in pypirc.index_servers] == [
        ("pypi", 3, "pypi"),
        ("testpypi", 4, "testpypi"),
        ("private", 5, "private"),
    ]
    assert pypi.listed_at == pypirc.index_servers[0].place


def test_no_secret_is_shown() -> None:
    assert "secret-of" not in repr(read(USUAL))


def test_names_may_stand_on_one_line() -> None:
    pypirc = read("[distutils]\nindex-servers = pypi  other\n[other]\nrepository = https://x.org/\n")
    assert pypirc.repositories["other"].listed_at is not None
    assert pypirc.repositories["other"].listed_at.text == "other"
    assert pypirc.repositories["other"].listed_at.column == 23


def test_without_a_list_the_two_indexes_are_read() -> None:
    pypirc = read("[pypi]\npassword = a\n[testpypi]\npassword = b\n[other]\nrepository = https://x.org/\n")
    assert pypirc.index_servers is None
    assert {name: value(one.password) for name, one in pypirc.repositories.items()} == {"pypi": "a", "testpypi": "b"}
    assert [section.name for section in pypirc.unlisted] == ["other"]
    assert pypirc.absence("other") is Absence.UNLISTED


def test_pypi_is_there_without_being_listed_but_its_section_is_not_read() -> None:
    pypirc = read("[distutils]\nindex-servers = testpypi\n[pypi]\npassword = a\n")
    assert pypirc.repositories["pypi"].password is None
    assert pypirc.repositories["pypi"].listed_at is None
    assert [section.name for section in pypirc.unlisted] == ["pypi"]
    assert pypirc.absence("pypi") is None


def test_testpypi_is_not_there_unless_listed() -> None:
    pypirc = read("[distutils]\nindex-servers = pypi\n[testpypi]\npassword = a\n")
    assert "testpypi" not in pypirc.repositories
    assert pypirc.absence("testpypi") is Absence.UNLISTED


@pytest.mark.parametrize(
    ("text", "absence"),
    [
        ("[distutils]\nindex-servers = other\n", Absence.NO_SECTION),
        ("[distutils]\nindex-servers = other\n[other]\n", Absence.EMPTY),
        ("[distutils]\nindex-servers = other\n[other]\nurl = https://x.org/\n", Absence.EMPTY),
        ("[distutils]\nindex-servers = pypi\n[other]\nrepository = https://x.org/\n", Absence.UNLISTED),
        ("", Absence.NO_SECTION),
        ("[distutils]\nindex-servers = other\n[other]\nusername = me\n", None),
    ],
)
def test_absence(text: str, absence: Absence | None) -> None:
    assert read(text).absence("other") is absence


def test_listed_but_missing_name_has_its_place() -> None:
    pypirc = read("[distutils]\nindex-servers =\n  pypi\n  gone\n")
    assert [(entry.name, entry.place.line, entry.place.column) for entry in pypirc.missing] == [("gone", 4, 3)]


def test_listed_section_without_address_has_none() -> None:
    assert read("[distutils]\nindex-servers = other\n[other]\nusername = me\n").repositories["other"].url is None


def test_oldest_form_gives_credentials_to_all() -> None:
    pypirc = read("[server-login]\nusername = me\npassword = old\n[testpypi]\npassword = own\n")
    assert pypirc.server_login is not None
    found = {name: (value(one.username), value(one.password)) for name, one in pypirc.repositories.items()}
    assert found == {"pypi": ("me", "old"), "testpypi": ("me", "own")}
    assert pypirc.unlisted == ()


def test_twine_takes_no_account_name_from_the_file_on_the_two_indexes() -> None:
    pypirc = read("[pypi]\nusername = me\npassword = a\n")
    assert value(pypirc.repositories["pypi"].username) == "me"
    assert pypirc.repositories["pypi"].twine_username == "__token__"


@pytest.mark.parametrize(
    ("written", "url", "index"),
    [
        ("https://upload.pypi.org/legacy/", "https://upload.pypi.org/legacy/", "pypi"),
        ("http://upload.pypi.org/legacy/", "https://upload.pypi.org/legacy/", "pypi"),
        ("https://test.pypi.org/legacy/", "https://test.pypi.org/legacy/", "testpypi"),
        ("https://UPLOAD.pypi.org/legacy/", "https://UPLOAD.pypi.org/legacy/", "pypi"),
        ("http://pypi.python.org/pypi", "https://pypi.python.org/pypi", None),
        ("http://example.org/", "http://example.org/", None),
        ("https://[broken/", "https://[broken/", None),
        ("", "", None),
    ],
)
def test_address(written: str, url: str, index: str | None) -> None:
    repository = read(f"[pypi]\nrepository = {written}\n").repositories["pypi"]
    assert (repository.url, repository.index) == (url, index)
    assert effective_url(written) == url


def test_what_is_written_twice_is_told() -> None:
    pypirc = read("[pypi]\npassword = a\npassword = b\n[pypi]\n")
    assert len(pypirc.duplicates) == 2


NAMES = st.sampled_from(["pypi", "testpypi", "other", "server-login", "distutils", "DEFAULT"])
LINES = st.one_of(
    NAMES.map("[{}]".format),
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["username", "Password", "repository", "ca_cert", "client_cert", "index-servers", "url"]),
        st.sampled_from(["=", " = ", ": "]),
        st.sampled_from(
            ["", "a", "https://x.org/", "http://upload.pypi.org/legacy/", "pypi other", "50%(x)s", "\n  other\n pypi"]
        ),
    ),
    st.sampled_from(["", "# comment", "  more"]),
)


@settings(deadline=None)
@given(st.lists(LINES, max_size=14).map("\n".join))
def test_twine_takes_the_same(text: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, ".pypirc")
        path.write_text(text, encoding="utf-8")
        try:
            pypirc: Pypirc | None = read(text)
        except SourceSyntaxError:
            pypirc = None
        if pypirc is None or pypirc.duplicates:
            with pytest.raises(exceptions.InvalidConfiguration, match="Malformed"):
                get_repository_from_config(str(path), "pypi")
            return
        assert {name: _as_twine(one) for name, one in pypirc.repositories.items()} == {
            name: {key: found for key, found in config.items() if found is not None}
            for name, config in get_config(str(path)).items()
        }
        for name, repository in pypirc.repositories.items():
            if repository.url is None:
                with pytest.raises(KeyError):
                    get_repository_from_config(str(path), name)
            else:
                assert get_repository_from_config(str(path), name)["repository"] == repository.url
        with pytest.raises(exceptions.InvalidConfiguration, match="Missing"):
            get_repository_from_config(str(path), "never")
        for name in ("pypi", "testpypi", "other"):
            assert (pypirc.absence(name) is None) is (name in get_config(str(path)))


def _as_twine(repository: Repository) -> dict[str, str]:
    written = value(repository.repository)
    values = {
        "repository": repository.url if written is None else written,
        "username": value(repository.username),
        "password": value(repository.password),
        "ca_cert": value(repository.ca_cert),
        "client_cert": value(repository.client_cert),
    }
    return {key: found for key, found in values.items() if found is not None}
