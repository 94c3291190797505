"""Traps of the rules about upload clients (CLT): other indexes, rewritten addresses, files that a step writes, old but sufficient tools."""

import pytest
from harness import check_files
from publishing_workflow import PATH, PUBLISH, found, workflow

from preflight.engine.finding import Applicability, Confidence, Reported, Severity
from preflight.project.git import GitRecord

TAG = "push:\n  tags: ['v*']\n"
BUILD = "      - run: pipx run build\n"


def project(requirement: str = "hatchling", more: str = "") -> str:
    backend = {
        "hatchling": "hatchling.build",
        "flit_core": "flit_core.buildapi",
        "setuptools": "setuptools.build_meta",
    }[requirement.split(">")[0].split("<")[0].split("=")[0]]
    return f'[build-system]\nrequires = ["{requirement}"]\nbuild-backend = "{backend}"\n[project]\nname = "demo"\nversion = "1"\n{more}'


def reported(files: str | dict[str, str], code: str) -> list[Reported]:
    named = files if isinstance(files, dict) else {PATH: files}
    result = check_files(named, code, git=GitRecord(tracked=frozenset(named), texts=dict(named)))
    assert not result.crashed, [each.message for each in result.findings]
    return [each for each in result.findings if each.code == code]


def runs(command: str, *before: str, env: str = "") -> str:
    lines = "".join(f"      - run: {each}\n" for each in (*before, command))
    return workflow(TAG, steps=BUILD + lines + (f"        env:\n          {env}\n" if env else ""))


def action(inputs: str, ref: str = "release/v1") -> str:
    return workflow(
        TAG, steps=f"{BUILD}      - uses: pypa/gh-action-pypi-publish@{ref}\n        with:\n          {inputs}\n"
    )


class TestAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            "https://upload.pypi.org/legacy/",
            "https://test.pypi.org/legacy/",
            "https://packages.example.com/simple/",
            "https://gitlab.example.com/api/v4/projects/1/packages/pypi",
            "https://pypi.example.org/legacy",
            "http://upload.pypi.org/legacy/",
            "${{ vars.URL }}",
            "https://eu-python.pkg.dev/p/r/",
        ],
    )
    def test_addresses_that_are_right_or_not_known(self, url: str) -> None:
        text = action(f"repository-url: {url}")
        assert not found(text, "CLT001")
        assert not found(text, "CLT002")

    @pytest.mark.parametrize(
        ("backend", "upload", "severity"),
        [
            ("flit_core.buildapi", "", Severity.WARNING),
            ("flit.buildapi", "flit publish", Severity.WARNING),
            ("flit_core.buildapi", "twine upload dist/*", Severity.ERROR),
            ("hatchling.build", "", Severity.ERROR),
        ],
    )
    def test_flit_adds_the_slash_that_a_pypirc_lacks(self, backend: str, upload: str, severity: Severity) -> None:
        files = {
            ".pypirc": "[pypi]\nrepository = https://upload.pypi.org/legacy\n",
            "pyproject.toml": f'[build-system]\nrequires = []\nbuild-backend = "{backend}"\n[project]\nname = "sample"\nversion = "1.0"\n',
            **({PATH: runs(upload)} if upload else {}),
        }
        (finding,) = reported(files, "CLT002")
        assert finding.severity is severity
        assert [edit.replacement for edit in finding.edits] == ["https://upload.pypi.org/legacy/"]
        assert ("flit adds it" in finding.message) == (severity is Severity.WARNING)

    @pytest.mark.parametrize(
        ("url", "meant"),
        [
            ("https://pypi.org/simple/", "https://upload.pypi.org/legacy/"),
            ("https://test.pypi.org/simple", "https://test.pypi.org/legacy/"),
            ("https://upload.pypi.org/", "https://upload.pypi.org/legacy/"),
            ("https://pypi.org/legacy/", "https://upload.pypi.org/legacy/"),
            ("https://test.pypi.org/", "https://test.pypi.org/legacy/"),
            ("https://pypi.python.org/pypi", "https://upload.pypi.org/legacy/"),
            ("https://testpypi.python.org/pypi", "https://test.pypi.org/legacy/"),
        ],
    )
    def test_addresses_that_take_no_uploads(self, url: str, meant: str) -> None:
        (finding,) = reported(action(f"repository-url: {url}"), "CLT001")
        assert finding.severity is Severity.ERROR
        assert [edit.replacement for edit in finding.edits] == [meant]

    def test_plain_http_is_made_secure_by_twine_and_flit(self) -> None:
        assert not found(runs("twine upload --repository-url http://upload.pypi.org/legacy/ dist/*"), "CLT001")
        assert not found(runs("flit publish", env="FLIT_INDEX_URL: http://upload.pypi.org/legacy/"), "CLT001")
        (finding,) = reported(runs("uv publish --publish-url http://upload.pypi.org/legacy/"), "CLT001")
        assert finding.rejections == ("insecure-http",)

    def test_credentials_in_an_address_are_not_shown(self) -> None:
        (finding,) = reported(action("repository-url: https://me:s3cret@pypi.org/legacy/"), "CLT001")
        assert "s3cret" not in finding.message + finding.fix

    def test_a_pypirc(self) -> None:
        assert reported({".pypirc": "[pypi]\nrepository: https://pypi.org/pypi\n"}, "CLT001")
        assert not reported(
            {
                ".pypirc": "[pypi]\nrepository: https://upload.pypi.org/legacy/\n[own]\nrepository = https://own.example.com/legacy\n"
            },
            "CLT001",
        )

    @pytest.mark.parametrize(
        ("url", "meant"),
        [
            ("https://tets.pypi.org/legacy/", "https://test.pypi.org/legacy/"),
            ("https://testpypi.org/legacy/", "https://test.pypi.org/legacy/"),
            ("https://upload.test.pypi.org/legacy/", "https://test.pypi.org/legacy/"),
            ("https://uplaod.pypi.org/legacy/", "https://upload.pypi.org/legacy/"),
        ],
    )
    def test_a_slip_of_a_host_is_a_warning_with_the_right_address(self, url: str, meant: str) -> None:
        (finding,) = reported(action(f"repository-url: {url}"), "CLT001")
        assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.LIKELY)
        assert [(edit.replacement, edit.applicability) for edit in finding.edits] == [(meant, Applicability.UNSAFE)]
        assert not found(action(f"repository-url: {url}"), "PUB014")

    @pytest.mark.parametrize(
        "host", ["pypi.company.com", "pypi.example.org", "test.pypi.example.com", "test.pypi.local"]
    )
    def test_a_host_of_ones_own_is_no_slip(self, host: str) -> None:
        assert not found(action(f"repository-url: https://{host}/legacy/"), "CLT001")

    def test_plain_http_is_nothing_to_the_action(self) -> None:
        assert not found(action("repository-url: http://test.pypi.org/legacy/"), "CLT001")


class TestLegacyCommands:
    @pytest.mark.parametrize(
        "command",
        [
            "python setup.py sdist bdist_wheel",
            "echo 'python setup.py upload'",
            "python setup.py upload --help",
            "python setup.py sdist upload --dry-run",
            "twine upload dist/*",
            "twine register --repository-url https://devpi.example.com/root/ dist/x.whl",
            "python setup.py register -r https://devpi.example.com/root/",
            "grep -r 'setup.py upload' docs || true",
        ],
    )
    def test_what_is_no_such_command(self, command: str) -> None:
        assert not found(runs(command), "CLT004")

    def test_registering(self) -> None:
        (finding,) = reported(runs("twine register dist/demo-1.0.tar.gz"), "CLT004")
        assert finding.causes == ("register-api-removed",)

    def test_hidden_in_a_makefile(self) -> None:
        files = {
            PATH: workflow(TAG, steps="      - run: make release\n"),
            "Makefile": "release:\n\tpython setup.py sdist upload\n",
        }
        (finding,) = reported(files, "CLT004")
        assert "Makefile" in finding.message


class TestMisreadArguments:
    @pytest.mark.parametrize(
        "command",
        [
            "twine upload -r testpypi dist/*",
            "twine upload --repository testpypi dist/*",
            "twine upload -u __token__ -p $TOKEN dist/*",
            "twine upload dist/demo-1.0.tar.gz dist/demo.whl",
            "twine upload --repository-url https://example.com/pypi dist/*",
            "twine upload -r $REPOSITORY dist/*",
            "twine upload pypi",
            "twine upload -c 'built from dist/' dist/*",
            "uv publish -repository dist/*",
        ],
    )
    def test_arguments_that_are_right(self, command: str) -> None:
        assert not found(runs(command), "CLT006")

    @pytest.mark.parametrize(
        "command",
        [
            "twine upload -repository testpypi dist/*",
            "twine upload -repository-url https://test.pypi.org/legacy/ dist/*",
            "twine upload -r dist/*",
            "twine upload -u __token__ -p dist/*",
            "twine upload testpypi dist/*",
            "twine upload --skip-existing true dist/*",
        ],
    )
    def test_arguments_that_are_misread(self, command: str) -> None:
        (finding,) = reported(runs(command), "CLT006")
        assert finding.severity is Severity.ERROR

    def test_a_misread_name_is_no_missing_section_too(self) -> None:
        assert not found(runs("twine upload -repository testpypi dist/*"), "CLT007")
        assert not found(runs("twine upload -r dist/*"), "CLT007")


class TestPypircSections:
    def test_names_that_need_no_section(self) -> None:
        for command in (
            "twine upload -r pypi dist/*",
            "twine upload -r testpypi dist/*",
            "twine upload -r own --repository-url https://own.example.com/ dist/*",
        ):
            assert not found(runs(command), "CLT007"), command
        assert not found(
            runs("twine upload -r own dist/*", env="TWINE_REPOSITORY_URL: https://own.example.com/"), "CLT007"
        )

    def test_a_file_that_a_step_or_the_machine_brings_along(self) -> None:
        for before in (
            'echo "$PYPIRC" > ~/.pypirc',
            "cp ci/.pypirc ~/",
            "./configure-index.sh ~/.pypirc",
            'printf "[own]\\nrepository=https://own.example.com/" > ~/.pypirc',
        ):
            assert not found(runs("twine upload -r own dist/*", before), "CLT007"), before
        own = runs("twine upload -r own dist/*").replace("ubuntu-latest", "[self-hosted, linux]")
        assert not found(own, "CLT007")
        assert not found(
            runs("twine upload -r own dist/*").replace("    steps:", "    container: our/image\n    steps:"), "CLT007"
        )

    def test_a_name_that_nothing_defines(self) -> None:
        (finding,) = reported(runs("twine upload -r own dist/*"), "CLT007")
        assert finding.severity is Severity.ERROR
        assert reported(runs("twine upload dist/*", env="TWINE_REPOSITORY: own"), "CLT007")

    def test_a_named_file(self) -> None:
        text = runs("twine upload --config-file ci.pypirc -r own dist/*")
        assert not reported(
            {
                PATH: text,
                "ci.pypirc": "[distutils]\nindex-servers = own\n[own]\nrepository = https://own.example.com/\n",
            },
            "CLT007",
        )
        assert not reported({PATH: text}, "CLT007")
        assert reported({PATH: text, "ci.pypirc": "[distutils]\nindex-servers = other\n"}, "CLT007")


class TestSkipExisting:
    OWN = "https://own.example.com/pypi/"

    def test_indexes_and_versions_that_take_it(self) -> None:
        assert not found(action("skip-existing: true"), "CLT008")
        assert not found(
            action("skip-existing: true\n          repository-url: https://test.pypi.org/legacy/"), "CLT008"
        )
        assert not found(action(f"skip-existing: true\n          repository-url: {self.OWN}", "v1.12.4"), "CLT008")
        assert not found(action(f"skip-existing: false\n          repository-url: {self.OWN}"), "CLT008")
        assert not found(action("skip-existing: true\n          repository-url: ${{ vars.URL }}"), "CLT008")
        assert not found(
            runs(f"pipx run twine==6.1.0 upload --skip-existing --repository-url {self.OWN} dist/*"), "CLT008"
        )
        assert not found(runs(f"uv publish --check-url {self.OWN} --publish-url {self.OWN}"), "CLT008")

    def test_the_newest_twine(self) -> None:
        (finding,) = reported(
            runs(f"pipx run twine upload --skip-existing --repository-url {self.OWN} dist/*"), "CLT008"
        )
        assert finding.severity is Severity.ERROR

    def test_a_twine_that_is_not_known(self) -> None:
        (finding,) = reported(runs(f"uv run twine upload --skip-existing --repository-url {self.OWN} dist/*"), "CLT008")
        assert finding.severity is Severity.WARNING


class TestOldUploaders:
    def check(self, ref: str, requirement: str, more: str = "") -> list[Reported]:
        return reported(
            {
                PATH: workflow(TAG, steps=BUILD + PUBLISH.replace("release/v1", ref)),
                "pyproject.toml": project(requirement, more),
            },
            "CLT009",
        )

    @pytest.mark.parametrize(
        ("ref", "requirement"),
        [
            ("release/v1", "hatchling"),
            ("v1.14.2", "hatchling"),
            ("v1.8.11", "hatchling<1.27"),
            ("v1.8.11", "hatchling==1.18.0"),
            ("v1.12.4", "hatchling<1.32"),
            ("v1.4.2", "hatchling"),
            ("v1.12.4", "setuptools>=77"),
            ("v1.8.11", "setuptools<70"),
            ("0123456789012345678901234567890123456789", "hatchling"),
        ],
    )
    def test_tools_that_know_what_is_written(self, ref: str, requirement: str) -> None:
        assert not self.check(ref, requirement)

    def test_what_every_accepted_backend_writes_is_certain(self) -> None:
        assert [each.severity for each in self.check("v1.8.11", "hatchling>=1.27")] == [Severity.ERROR]
        assert [each.severity for each in self.check("v1.8.11", "setuptools>=77.0.3")] == [Severity.ERROR]
        assert [each.severity for each in self.check("v1.14.0", "flit_core>=4,<5")] == [Severity.ERROR]

    def test_an_unpinned_backend_writes_its_newest(self) -> None:
        assert [each.severity for each in self.check("v1.8.11", "setuptools")] == [Severity.WARNING]
        assert [each.severity for each in self.check("v1.14.0", "hatchling")] == [Severity.WARNING]

    def test_a_chosen_metadata_version(self) -> None:
        chosen = '[tool.hatch.build.targets.wheel]\ncore-metadata-version = "2.2"\n[tool.hatch.build.targets.sdist]\ncore-metadata-version = "2.2"\n'
        assert not self.check("v1.8.11", "hatchling>=1.27", chosen)

    def test_twine(self) -> None:
        files = {
            PATH: runs("twine upload dist/*", "pip install twine==5.1.1"),
            "pyproject.toml": project("hatchling>=1.27"),
        }
        assert [each.severity for each in reported(files, "CLT009")] == [Severity.ERROR]
        for version in ("5.0.0", "6.1.0", "7.0.0"):
            files[PATH] = runs("twine upload dist/*", f"pip install twine=={version}")
            assert not reported({**files, "pyproject.toml": project("hatchling>=1.27,<1.32")}, "CLT009"), version
