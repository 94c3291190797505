"""Environments, identity tokens and versions as a workflow decides them: what looks wrong and is right."""

import pytest
from harness import check_files, git_record
from publishing_workflow import PATH, PUBLISH, SCM, STATIC, TESTPYPI, found, workflow

from preflight.engine.finding import Severity

TAGS = "push:\n  tags: ['v*']\n"
ON_MAIN = "push:\n  branches: [main]\n"
BUILD = "      - run: uv build\n"


class TestEnvironmentOnWrongJob:
    def on(
        self,
        build: str,
        steps: str = "      - uses: actions/checkout@v6\n      - run: python -m build\n",
        job: str = "",
    ) -> list[str]:
        more = f"  build:\n    runs-on: ubuntu-latest\n{build}    steps:\n{steps}"
        return found(workflow(TAGS, job=f"needs: build\n{job}", steps=PUBLISH, more=more), "PUB026")

    def test_fires(self) -> None:
        assert self.on("    environment: pypi\n")
        assert self.on("    environment: {name: release}\n")

    def test_environment_of_another_deployment(self) -> None:
        assert not self.on("    environment: github-pages\n")

    def test_job_that_only_asks(self) -> None:
        assert not self.on("    environment: pypi\n", "      - run: echo approved\n")

    def test_both_have_one(self) -> None:
        assert not self.on("    environment: pypi\n", job="environment: pypi\n")

    def test_publisher_declared_without_environment(self) -> None:
        more = "  build:\n    runs-on: ubuntu-latest\n    environment: pypi\n    steps:\n      - run: python -m build\n"
        declared = '[[tool.preflight.publishers]]\nindex = "pypi"\nkind = "github"\nowner = "o"\nrepository = "r"\nworkflow = "publish.yml"\n'
        files = {
            PATH: workflow(TAGS, job="needs: build\n", steps=PUBLISH, more=more),
            "pyproject.toml": STATIC + declared,
        }
        assert not found(files, "PUB026")

    def test_token_needs_no_environment(self) -> None:
        more = "  build:\n    runs-on: ubuntu-latest\n    environment: pypi\n    steps:\n      - run: python -m build\n"
        steps = PUBLISH + "        with:\n          password: ${{ secrets.T }}\n"
        assert not found(workflow(TAGS, job="needs: build\n", steps=steps, more=more), "PUB026")


class TestExcessiveIdToken:
    def test_upload_alone(self) -> None:
        assert not found(workflow(TAGS, steps=PUBLISH), "PUB027")

    def test_attestation_in_the_same_job(self) -> None:
        steps = (
            BUILD + "      - uses: actions/attest-build-provenance@v3\n        with: {subject-path: dist/*}\n" + PUBLISH
        )
        assert not found(workflow(TAGS, steps=steps), "PUB027")

    def test_token_of_the_whole_workflow_for_one_job(self) -> None:
        text = workflow(TAGS, steps=PUBLISH, top="permissions:\n  id-token: write\n").replace(
            "    permissions:\n      id-token: write\n", ""
        )
        assert not found(text, "PUB027")

    def test_other_job_signs(self) -> None:
        more = "  sign:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: sigstore/gh-action-sigstore-python@v3\n"
        text = workflow(TAGS, steps=PUBLISH, more=more, top="permissions:\n  id-token: write\n")
        text = text.replace("    permissions:\n      id-token: write\n", "")
        assert not found(text, "PUB027")

    def test_guarded_step(self) -> None:
        steps = "      - run: pytest\n" + PUBLISH + "        if: github.ref_type == 'tag'\n"
        assert "pull requests" in found(workflow("pull_request:\npush:\n", steps=steps), "PUB027")[0]

    def test_guarded_job(self) -> None:
        steps = "      - run: pytest\n" + PUBLISH
        assert not found(
            workflow("pull_request:\npush:\n", job="if: github.ref_type == 'tag'\n", steps=steps), "PUB027"
        )


class TestShallowClone:
    def on(self, text: str, project: str = SCM) -> list[tuple[Severity, str]]:
        files = {PATH: text, "pyproject.toml": project}
        result = check_files(files, "VER008", git=git_record(files, ()))
        assert not result.crashed, [each.message for each in result.findings]
        return [(each.severity, each.message) for each in result.findings if each.code == "VER008"]

    def test_every_push_is_an_error(self) -> None:
        assert [severity for severity, _ in self.on(workflow(ON_MAIN, steps=BUILD + TESTPYPI))] == [Severity.ERROR]

    def test_build_in_a_job_before(self) -> None:
        more = "  build:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v6\n      - run: python -m build\n"
        assert "job `build`" in self.on(workflow(ON_MAIN, job="needs: build\n", steps=TESTPYPI, more=more))[0][1]

    @pytest.mark.parametrize("on", [TAGS, "release:\n  types: [published]\n", TAGS + "workflow_dispatch:\n"])
    def test_runs_of_a_tag(self, on: str) -> None:
        assert not self.on(workflow(on))

    def test_full_history(self) -> None:
        text = workflow(ON_MAIN, steps=BUILD + TESTPYPI)
        assert not self.on(text.replace("checkout@v6\n", "checkout@v6\n        with: {fetch-depth: 0}\n"))

    def test_tags_fetched_by_hand(self) -> None:
        assert not self.on(workflow(ON_MAIN, steps="      - run: git fetch --tags --unshallow\n" + BUILD + TESTPYPI))

    def test_pretended_version(self) -> None:
        steps = (
            "      - run: uv build\n        env:\n          SETUPTOOLS_SCM_PRETEND_VERSION: 1.2.${{ github.run_number }}\n"
            + TESTPYPI
        )
        assert not self.on(workflow(ON_MAIN, steps=steps))

    def test_static_version(self) -> None:
        assert not self.on(workflow(ON_MAIN, steps=BUILD + TESTPYPI), STATIC)

    def test_without_local_part_it_is_a_warning(self) -> None:
        found = self.on(workflow(ON_MAIN, steps=BUILD + TESTPYPI), SCM + 'local_scheme = "no-local-version"\n')
        assert [severity for severity, _ in found] == [Severity.WARNING]

    def test_upload_that_never_happens_there(self) -> None:
        assert not self.on(workflow("push:\n", job="if: github.ref_type == 'tag'\n"))


class TestDirtyTree:
    def on(self, step: str, project: str = SCM, *, job: str = "") -> list[str]:
        files = {
            PATH: workflow(TAGS, job=job, steps=step + BUILD + PUBLISH),
            "pyproject.toml": project,
            "README.md": "# demo\n",
        }
        return found(files, "VER009")

    def test_fires(self) -> None:
        assert self.on("      - run: sed -i s/a/b/ README.md\n")
        assert self.on("      - run: echo done > README.md\n")

    def test_untracked_file(self) -> None:
        assert not self.on("      - run: sed -i s/a/b/ build/notes.md\n")
        assert not self.on('      - run: echo "x=1" >> "$GITHUB_OUTPUT"\n')

    def test_no_local_part(self) -> None:
        assert not self.on("      - run: sed -i s/a/b/ README.md\n", SCM + 'local_scheme = "no-local-version"\n')

    def test_undone_before_the_build(self) -> None:
        assert not self.on("      - run: |\n          sed -i s/a/b/ README.md\n          git checkout README.md\n")

    def test_pretended_version(self) -> None:
        assert not self.on(
            "      - run: sed -i s/a/b/ README.md\n", job="env:\n  SETUPTOOLS_SCM_PRETEND_VERSION: '1.0'\n"
        )

    def test_static_version(self) -> None:
        assert not self.on("      - run: sed -i s/a/b/ README.md\n", STATIC)

    def test_behind_the_build(self) -> None:
        files = {
            PATH: workflow(TAGS, steps=BUILD + "      - run: sed -i s/a/b/ README.md\n" + PUBLISH),
            "pyproject.toml": SCM,
            "README.md": "# demo\n",
        }
        assert not found(files, "VER009")


class TestOutdatedVersion:
    def on(self, step: str, more: str = "", job: str = "") -> list[str]:
        return found(
            {PATH: workflow(TAGS, job=job, steps=BUILD + step + PUBLISH, more=more), "pyproject.toml": STATIC}, "VER021"
        )

    def test_requirement(self) -> None:
        assert "`1.0.0`" in self.on("      - run: pip install 'demo-tool==1.0.0'\n")[0]

    def test_current_version(self) -> None:
        assert not self.on("      - run: pip install dist/demo_tool-1.4.0.tar.gz demo-tool==1.4\n")

    def test_variable_or_pattern(self) -> None:
        assert not self.on("      - run: pip install dist/demo_tool-*.whl demo-tool==$VERSION demo-tool==1.*\n")

    def test_other_project(self) -> None:
        assert not self.on("      - run: pip install other-demo-tool==1.0.0 demo-tool-extra==0.1.0\n")

    def test_job_that_nothing_waits_for(self) -> None:
        more = "  upgrade:\n    runs-on: ubuntu-latest\n    steps:\n      - run: pip install demo-tool==1.0.0\n"
        assert not self.on("", more)
        assert self.on("", more, "needs: upgrade\n")

    def test_comment(self) -> None:
        assert not self.on("      - run: |\n          # pip install demo-tool==1.0.0\n          pytest\n")


FULL = "        with: {fetch-depth: 0}\n"
HATCH_VCS = (
    '[build-system]\nrequires = ["hatchling", "hatch-vcs"]\nbuild-backend = "hatchling.build"\n\n'
    '[project]\nname = "demo"\ndynamic = ["version"]\n\n[tool.hatch.version]\nsource = "vcs"\n'
)
VERSIONINGIT = (
    '[build-system]\nrequires = ["setuptools", "versioningit"]\nbuild-backend = "setuptools.build_meta"\n\n'
    '[project]\nname = "demo"\ndynamic = ["version"]\n\n[tool.versioningit]\n'
)


class TestLocalVersionOnBranch:
    def on(
        self, project: str = SCM, *, on: str = ON_MAIN, steps: str = BUILD + TESTPYPI, job: str = "", more: str = ""
    ) -> list[tuple[Severity, str]]:
        text = workflow(on, job=job, steps=steps, more=more).replace("checkout@v6\n", f"checkout@v6\n{FULL}")
        files = {PATH: text, "pyproject.toml": project}
        result = check_files(files, "VER007", git=git_record(files, ()))
        assert not result.crashed, [each.message for each in result.findings]
        return [(each.severity, each.message) for each in result.findings if each.code == "VER007"]

    @pytest.mark.parametrize(
        "project",
        [
            SCM,
            SCM + 'local_scheme = "node-and-date"\n',
            HATCH_VCS,
            HATCH_VCS + 'raw-options = { local_scheme = "node-and-timestamp" }\n',
            VERSIONINGIT,
            VERSIONINGIT + '[tool.versioningit.format]\ndistance = "{base_version}+{rev}"\n',
        ],
    )
    def test_a_tool_that_marks_each_commit_without_a_tag(self, project: str) -> None:
        [(severity, message)] = self.on(project)
        assert severity is Severity.WARNING
        assert "on a push to `main`" in message and "TestPyPI" in message

    @pytest.mark.parametrize(
        "project",
        [
            STATIC,
            SCM + 'local_scheme = "no-local-version"\n',
            SCM + 'local_scheme = "dirty-tag"\n',
            SCM + 'local_scheme = "own:scheme"\n',
            SCM + 'git_describe_command = "git describe"\n',
            HATCH_VCS + 'raw-options = { local_scheme = "no-local-version" }\n',
            VERSIONINGIT + '[tool.versioningit.format]\ndistance = "{base_version}.post{distance}"\n',
            VERSIONINGIT + '[tool.versioningit.format]\nmethod = "own"\n',
        ],
    )
    def test_a_tool_that_does_not_or_may_not(self, project: str) -> None:
        assert not self.on(project)

    def test_runs_of_a_tag_or_by_hand(self) -> None:
        assert not self.on(on=TAGS)
        assert not self.on(on="workflow_dispatch:\n")
        assert not self.on(on="push:\n", job="if: github.ref_type == 'tag'\n")

    @pytest.mark.parametrize(
        "step",
        [
            "      - run: git tag v1.2.3\n",
            "      - run: echo SETUPTOOLS_SCM_PRETEND_VERSION=1.2 >> $GITHUB_ENV\n",
            '      - run: sed -i "s/x/no-local-version/" pyproject.toml\n',
            "      - run: python prepare.py\n",
            "      - uses: mathieudutour/github-tag-action@v6\n",
            "      - uses: ./.github/actions/prepare\n",
        ],
    )
    def test_a_step_that_may_tag_or_say_otherwise(self, step: str) -> None:
        assert not self.on(steps=step + BUILD + TESTPYPI)

    def test_overrides_of_the_whole_workflow(self) -> None:
        steps = BUILD + TESTPYPI
        assert not self.on(steps=steps, job="env: {SETUPTOOLS_SCM_OVERRIDES_FOR_DEMO: '{local_scheme = 1}'}\n")

    def test_the_mend_of_the_checkout_says_it_too(self) -> None:
        files = {PATH: workflow(ON_MAIN, steps=BUILD + TESTPYPI), "pyproject.toml": SCM}
        [finding] = check_files(files, "VER008", git=git_record(files, ())).findings
        assert "no-local-version" in (finding.fix or "")
