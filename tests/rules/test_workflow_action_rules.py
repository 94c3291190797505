"""Traps of the rules about actions, runners and calls (WFL018-WFL029): what looks wrong and is right stays silent."""

from textwrap import indent

from harness import apply_edits, check_files
from publishing_workflow import PATH, PUBLISH, found, workflow

from preflight.engine.finding import Applicability, Confidence, Reported, Severity

TAG = "push:\n  tags: ['v*']\n"
CALLED = ".github/workflows/upload.yml"
TOKEN = "      - run: twine upload dist/*\n        env:\n          TWINE_PASSWORD: ${{ secrets.PYPI_TOKEN }}\n"


def reported(files: str | dict[str, str], code: str) -> list[Reported]:
    named = files if isinstance(files, dict) else {PATH: files}
    result = check_files(named, code)
    assert not result.crashed, [each.message for each in result.findings]
    return [each for each in result.findings if each.code == code]


def action(ref: str, inputs: str = "", comment: str = "") -> str:
    given = f"        with:\n{indent(inputs, '          ')}" if inputs else ""
    return workflow(
        TAG, steps=f"      - run: uv build\n      - uses: pypa/gh-action-pypi-publish@{ref}{comment}\n{given}"
    )


def calling(
    more: str, called_job: str = "", steps: str = TOKEN, on: str = "on: workflow_call\n", top: str = ""
) -> dict[str, str]:
    caller = f"on:\n  push:\n    tags: ['v*']\n{top}jobs:\n  publish:\n    uses: ./.github/workflows/upload.yml\n{indent(more, '    ')}"
    head = f"{on}jobs:\n  upload:\n    runs-on: ubuntu-latest\n{indent(called_job, '    ')}    steps:\n"
    called = f"{head}      - uses: actions/checkout@v4\n      - run: uv build\n{steps}"
    return {PATH: caller, CALLED: called}


class TestSecretsOfCalledWorkflows:
    def test_not_passed(self) -> None:
        (finding,) = reported(calling(""), "WFL018")
        assert finding.severity is Severity.ERROR
        assert finding.place and finding.place.source.path == PATH

    def test_passed_in_any_way(self) -> None:
        named = "on:\n  workflow_call:\n    secrets:\n      PYPI_TOKEN: {required: true}\n"
        assert not found(calling("secrets: inherit\n"), "WFL018")
        assert not found(calling("secrets:\n  PYPI_TOKEN: ${{ secrets.OTHER }}\n", on=named), "WFL018")
        assert not found(calling("secrets: ${{ fromJSON(inputs.all) }}\n"), "WFL018")

    def test_secrets_of_an_environment_need_no_passing(self) -> None:
        assert not found(calling("", "environment: pypi\n"), "WFL018")

    def test_an_upload_that_falls_back_to_trusted_publishing(self) -> None:
        with_password = PUBLISH + "        with:\n          password: ${{ secrets.PYPI_TOKEN }}\n"
        assert not found(calling("", "permissions:\n  id-token: write\n", with_password), "WFL018")

    def test_a_credential_with_a_fallback(self) -> None:
        other = TOKEN.replace("secrets.PYPI_TOKEN", "secrets.PYPI_TOKEN || inputs.token")
        assert not found(calling("", steps=other), "WFL018")

    def test_another_name_on_the_way(self) -> None:
        more = "secrets:\n  OTHER: ${{ secrets.OTHER }}\n"
        (finding,) = reported(calling(more), "WFL018")
        assert finding.args["secret"] == "PYPI_TOKEN"

    def test_a_call_through_two_workflows(self) -> None:
        files = calling("secrets: inherit\n")
        middle = ".github/workflows/middle.yml"
        files[PATH] = files[PATH].replace("upload.yml", "middle.yml")
        files[middle] = "on: workflow_call\njobs:\n  inner:\n    uses: ./.github/workflows/upload.yml\n"
        (finding,) = reported(files, "WFL018")
        assert finding.place and finding.place.source.path == middle
        files[middle] += "    secrets: inherit\n"
        assert not reported(files, "WFL018")


class TestPermissionsOfCallers:
    ASKS = "permissions:\n  contents: read\n  id-token: write\n"

    def test_a_caller_without_any_block_grants_the_default(self) -> None:
        assert not found(calling("", self.ASKS, PUBLISH), "WFL019")

    def test_a_caller_that_grants_it(self) -> None:
        assert not found(calling(self.ASKS, self.ASKS, PUBLISH), "WFL019")
        assert not found(calling("permissions: write-all\n", self.ASKS, PUBLISH), "WFL019")

    def test_a_block_of_the_caller_or_its_workflow_that_leaves_it_out(self) -> None:
        assert found(calling("permissions:\n  contents: read\n", self.ASKS, PUBLISH), "WFL019")
        assert found(calling("", self.ASKS, PUBLISH, top="permissions: {}\n"), "WFL019")

    def test_several_permissions_are_mended_one_after_the_other(self) -> None:
        files = calling("", self.ASKS, PUBLISH, top="permissions: {}\n")
        for _ in range(3):
            findings = reported(files, "WFL019")
            files = apply_edits(files, findings, Applicability.SAFE)
        assert not reported(files, "WFL019")

    def test_calls_at_the_running_commit_are_left_alone(self) -> None:
        files = calling("permissions:\n  contents: read\n", self.ASKS, PUBLISH)
        files[PATH] = files[PATH].replace("./.github", "$/.github")
        assert not found(files, "WFL019")

    def test_a_workflow_that_publishes_nothing_is_left_alone(self) -> None:
        assert not found(calling("permissions:\n  contents: read\n", self.ASKS, "      - run: pytest\n"), "WFL019")


class TestRunners:
    def on(self, runs_on: str, job: str = "", steps: str = PUBLISH) -> str:
        return workflow(TAG, job=job, steps="      - run: uv build\n" + steps).replace(
            "runs-on: ubuntu-latest", f"runs-on: {runs_on}"
        )

    def test_systems_without_containers(self) -> None:
        for runner in ("windows-latest", "macos-14", "windows-2022", "[self-hosted, windows]"):
            (finding,) = reported(self.on(runner), "WFL022")
            assert finding.severity is Severity.ERROR, runner

    def test_linux_in_all_its_names(self) -> None:
        for runner in (
            "ubuntu-latest",
            "ubuntu-24.04-arm",
            "[ubuntu-latest]",
            "ubuntu-slim",
            "our-big-machine",
            "${{ vars.RUNNER }}",
            "{group: big}",
        ):
            assert not found(self.on(runner), "WFL022"), runner

    def test_a_machine_of_ones_own_may_be_complete(self) -> None:
        (finding,) = reported(self.on("[self-hosted, linux]"), "WFL022")
        assert (finding.severity, finding.confidence) == (Severity.INFO, Confidence.UNKNOWN)

    def test_only_the_linux_leg_publishes(self) -> None:
        matrix = "strategy:\n  matrix:\n    os: [ubuntu-latest, windows-latest]\n"
        assert found(self.on("${{ matrix.os }}", matrix), "WFL022")
        for condition in (
            "matrix.os == 'ubuntu-latest'",
            "runner.os == 'Linux'",
            "startsWith(matrix.os, 'ubuntu')",
            "${{ runner.os != 'Windows' }}",
        ):
            guarded = PUBLISH.replace("- uses", f"- if: {condition}\n        uses")
            assert not found(self.on("${{ matrix.os }}", matrix, guarded), "WFL022"), condition

    def test_clients_that_run_anywhere(self) -> None:
        assert not found(self.on("windows-latest", steps="      - run: uv publish\n"), "WFL022")
        assert not found(self.on("macos-latest", steps="      - run: twine upload dist/*\n"), "WFL022")


class TestBlockedHosts:
    def hardened(self, inputs: str, publish: str = PUBLISH) -> str:
        step = f"      - uses: step-security/harden-runner@v2\n        with:\n{indent(inputs, '          ')}"
        return workflow(TAG, steps=step + "      - run: uv build\n" + publish)

    ALL = "github.com:443 upload.pypi.org:443 pypi.org:443 ghcr.io:443 pkg-containers.githubusercontent.com:443"

    def test_what_lets_them_through(self) -> None:
        for inputs in (
            "egress-policy: audit\n",
            "egress-policy: ${{ vars.POLICY }}\n",
            "egress-policy: block\npolicy: shared\n",
            f"egress-policy: block\nallowed-endpoints: {self.ALL} *.sigstore.dev:443\n",
            "egress-policy: block\nallowed-endpoints: ${{ vars.HOSTS }}\n",
            "egress-policy: block\nallowed-endpoints: >-\n  *.pypi.org:443\n  pypi.org:443\n  *.githubusercontent.com:443\n  ghcr.io:443\n  *.sigstore.dev\n",
        ):
            assert not found(self.hardened(inputs), "WFL023"), inputs

    def test_which_hosts_are_needed(self) -> None:
        block = f"egress-policy: block\nallowed-endpoints: {self.ALL}\n"
        (finding,) = reported(self.hardened(block), "WFL023")
        assert finding.args["hosts"] == [
            "fulcio.sigstore.dev:443",
            "rekor.sigstore.dev:443",
            "tuf-repo-cdn.sigstore.dev:443",
        ]
        assert not found(self.hardened(block, PUBLISH + "        with:\n          attestations: false\n"), "WFL023")
        old = PUBLISH.replace("release/v1", "v1.8.14")
        assert not found(
            self.hardened("egress-policy: block\nallowed-endpoints: upload.pypi.org:443 pypi.org:443\n", old), "WFL023"
        )
        assert not found(
            self.hardened(
                "egress-policy: block\nallowed-endpoints: upload.pypi.org:443 pypi.org:443\n",
                "      - run: uv publish\n",
            ),
            "WFL023",
        )

    def test_each_form_of_the_list_is_mended(self) -> None:
        for given in (
            "",
            "allowed-endpoints: github.com:443\n",
            "allowed-endpoints: |\n  github.com:443\n",
            'allowed-endpoints: "github.com:443"\n',
        ):
            files = {PATH: self.hardened(f"egress-policy: block\n{given}")}
            findings = reported(files, "WFL023")
            assert findings, given
            assert not reported(apply_edits(files, findings, Applicability.SAFE), "WFL023"), given


class TestRefs:
    def test_old_releases_survive_a_tag_object(self) -> None:
        assert not found(action("f946db0f765b9ae754e44bfd5ae5b8b91cfb37ef"), "WFL024")
        assert found(action("7f25271a4aa483500f742f9492b2ab5648d61011"), "WFL024")

    def test_commits_tags_and_branches(self) -> None:
        for ref in (
            "76f52bc884231f62b9a034ebfe128415bbaabdfc",
            "v1.14.0",
            "release/v1",
            "0123456789012345678901234567890123456789",
        ):
            assert not found(action(ref), "WFL024"), ref

    def test_the_maintained_line_and_old_commits_are_no_mistake(self) -> None:
        for ref in ("release/v1", "release/v1.13", "v1.8.14", "27b31702a0e7fc50959f5ad993c78deac1bdfc29", "v1.10.0"):
            assert not found(action(ref), "WFL026"), ref
        assert found(action("v1.10.0", "attestations: true\n"), "WFL026")
        assert found(action("unstable/v1"), "WFL026")

    def test_comments(self) -> None:
        commit = "76f52bc884231f62b9a034ebfe128415bbaabdfc"
        for comment in (
            "",
            " # v1.12.4",
            " # 1.12.4",
            " # v1.12",
            " # release/v1",
            " # v1",
            " # v1.12.4 (pinned)",
            " # tag=v1.12.4",
            " # keep at v1.8.0 metadata",
        ):
            assert not found(action(commit, comment=comment), "WFL026"), comment
        assert found(action(commit, comment=" # v1.12.3"), "WFL026")
        assert found(action(commit, comment=" # v1.13"), "WFL026")

    def test_a_composite_action_with_an_old_release_or_another_client(self) -> None:
        def nested(step: str) -> list[str]:
            composite = f"runs:\n  using: composite\n  steps:\n{step}"
            return found(
                {PATH: workflow(TAG, steps="      - uses: ./publish\n"), "publish/action.yml": composite}, "WFL025"
            )

        assert nested("    - uses: pypa/gh-action-pypi-publish@release/v1\n")
        assert not nested("    - uses: pypa/gh-action-pypi-publish@v1.11.0\n")
        assert not nested("    - run: uv publish\n      shell: bash\n")


class TestInputs:
    def test_every_input_in_its_present_spelling(self) -> None:
        inputs = "user: __token__\npassword: x\nrepository-url: https://test.pypi.org/legacy/\npackages-dir: dist\n"
        inputs += "verify-metadata: false\nskip-existing: true\nverbose: true\nprint-hash: true\nattestations: false\n"
        assert not found(action("release/v1", inputs), "WFL027")

    def test_old_spellings_work_and_are_only_mentioned(self) -> None:
        (finding,) = reported(action("release/v1", "skip_existing: true\n"), "WFL027")
        assert finding.severity is Severity.INFO
        assert not found(action("v1.5.0", "skip_existing: true\n"), "WFL027")

    def test_a_misspelt_address_is_no_safe_mend(self) -> None:
        (finding,) = reported(action("release/v1", "repository-ulr: https://test.pypi.org/legacy/\n"), "WFL027")
        assert [edit.applicability for edit in finding.edits] == [Applicability.UNSAFE]
        assert "PyPI" in finding.message

    def test_an_input_that_the_release_does_not_know_yet(self) -> None:
        (finding,) = reported(action("v1.8.14", "attestations: true\n"), "WFL027")
        assert "1.8.14" in finding.message
        assert not found(action("v1.11.0", "attestations: true\n"), "WFL027")


class TestIndexNames:
    def named(self, name: str, job: str = "", inputs: str = "") -> list[str]:
        given = f"        with:\n          {inputs}\n" if inputs else ""
        steps = f"      - run: uv build\n      - name: {name}\n        uses: pypa/gh-action-pypi-publish@release/v1\n{given}"
        return found(workflow(TAG, job=job, steps=steps), "WFL028")

    TEST = "repository-url: https://test.pypi.org/legacy/"

    def test_a_name_that_mentions_both(self) -> None:
        for name in (
            "Publish to TestPyPI and PyPI",
            "Publish to PyPI (after TestPyPI)",
            "Upload",
            "Publish package",
            "Test PyPI, then PyPI",
        ):
            assert not self.named(name), name
            assert not self.named(name, inputs=self.TEST), name

    def test_environment_and_secret_are_better_witnesses(self) -> None:
        assert not self.named("Publish to TestPyPI", "environment: pypi\n")
        assert not self.named("Publish to PyPI", "environment: testpypi\n", self.TEST)
        assert not self.named("Publish to PyPI", "name: Test PyPI\n", self.TEST)

    def test_names_that_speak_of_the_other_one(self) -> None:
        assert self.named("Publish to TestPyPI")
        assert self.named("Publish to Test PyPI", "environment: test-pypi\n")
        assert self.named("Publish to PyPI", inputs=self.TEST)

    def test_fitting_names(self) -> None:
        assert not self.named("Publish to PyPI")
        assert not self.named("Publish to TestPyPI", inputs=self.TEST)
        assert not self.named("Test publish to PyPI", inputs=self.TEST)


class TestCaches:
    def with_step(self, step: str) -> list[str]:
        return found(workflow(TAG, steps=f"      - uses: {step}\n      - run: uv build\n{PUBLISH}"), "WFL029")

    def test_what_restores_no_cache(self) -> None:
        for step in (
            "actions/cache/save@v4",
            "actions/setup-python@v6",
            "actions/setup-python@v6\n        with:\n          cache: ''",
            "astral-sh/setup-uv@v6\n        with:\n          enable-cache: false",
            "astral-sh/setup-uv@v4",
            "astral-sh/setup-uv@0123456789012345678901234567890123456789",
        ):
            assert not self.with_step(step), step

    def test_what_restores_one(self) -> None:
        for step in (
            "actions/cache@v4",
            "actions/cache/restore@v4",
            "actions/setup-python@v6\n        with:\n          cache: pip",
            "astral-sh/setup-uv@v6",
        ):
            assert self.with_step(step), step

    def test_a_cache_goes_with_the_paths_that_belong_to_it(self) -> None:
        python = "actions/setup-python@v6\n        with:"
        kept = "\n          python-version: '3.13'  # kept"
        of_it = (
            "\n          cache: pip  # fast\n          cache-dependency-path: |\n            a.txt\n            b.txt"
        )
        for before, after in (
            (f"{python}{of_it}{kept}", f"{python}{kept}"),
            (f"{python}{kept}{of_it}", f"{python}{kept}"),
            (f"{python}{of_it}", "actions/setup-python@v6"),
            (f"{python} {{python-version: '3', cache: pip}}", f"{python} {{python-version: '3', cache: pip}}"),
            (f"{python} {{cache: pip}}", "actions/setup-python@v6"),
        ):
            files = {
                ".github/workflows/a.yml": workflow(
                    TAG, steps=f"      - uses: {before}\n      - run: uv build\n{PUBLISH}"
                )
            }
            mended = apply_edits(files, reported(files, "WFL029"), Applicability.UNSAFE)
            assert mended[".github/workflows/a.yml"] == workflow(
                TAG, steps=f"      - uses: {after}\n      - run: uv build\n{PUBLISH}"
            )

    def test_a_job_that_publishes_nothing(self) -> None:
        assert not found(
            f"on:\n  {TAG.replace(chr(10), chr(10) + '  ')}\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/cache@v4\n",
            "WFL029",
        )
