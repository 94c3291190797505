"""Traps of the rules about artifacts and built files (WFL030-WFL035, BLD001): what looks wrong and is right stays silent."""

from textwrap import indent

from harness import check_files
from publishing_workflow import PATH, PUBLISH, found

from preflight.engine.finding import Applicability, Confidence, Reported, Severity
from preflight.project.git import GitRecord

DOWNLOAD_ALL = "      - uses: actions/download-artifact@v4\n        with:\n          path: dist\n"


def job(name: str, steps: str, *, head: str = "", needs: str = "", runs_on: str = "ubuntu-latest") -> str:
    required = f"    needs: {needs}\n" if needs else ""
    return f"  {name}:\n{required}    runs-on: {runs_on}\n{indent(head, '    ')}    steps:\n      - uses: actions/checkout@v4\n{steps}"


def upload(
    name: str = "dist", path: str = "dist", *, action: str = "actions/upload-artifact@v4", more: str = ""
) -> str:
    return f"      - uses: {action}\n        with:\n          name: {name}\n          path: {path}\n{indent(more, '          ')}"


def download(
    name: str = "dist", path: str = "dist", *, more: str = "", action: str = "actions/download-artifact@v4"
) -> str:
    return f"      - uses: {action}\n        with:\n          name: {name}\n          path: {path}\n{indent(more, '          ')}"


def release(*jobs: str, on: str = "  push:\n    tags: ['v*']\n") -> str:
    return f"on:\n{on}jobs:\n{''.join(jobs)}"


def publish(steps: str, *, needs: str = "build", head: str = "permissions:\n  id-token: write\n") -> str:
    required = f"    needs: {needs}\n" if needs else ""
    return f"  publish:\n{required}    runs-on: ubuntu-latest\n{indent(head, '    ')}    steps:\n{steps}"


BUILD = job("build", "      - run: pipx run build\n" + upload())


def reported(files: str | dict[str, str], code: str, git: GitRecord | None = None) -> list[Reported]:
    named = files if isinstance(files, dict) else {PATH: files}
    result = check_files(named, code, git=git)
    assert not result.crashed, [each.message for each in result.findings]
    return [each for each in result.findings if each.code == code]


class TestVersionsSwitchedOff:
    def test_enterprise_server_still_needs_version_3(self) -> None:
        text = release(job("build", upload(action="actions/upload-artifact@v3")), publish(download() + PUBLISH))
        git = GitRecord(remotes={"origin": "https://git.example.com/team/demo.git"}, texts={PATH: text})
        assert not reported(text, "WFL030", git)
        assert reported(text, "WFL030")
        assert not found(
            release(job("build", upload(action="actions/upload-artifact@v3-node20")), publish(download() + PUBLISH)),
            "WFL030",
        )

    def test_a_commit_of_an_old_release_counts(self) -> None:
        old = "actions/upload-artifact@a8a3f3ad30e3422c9c7b888a15615d19a852ae32"
        assert found(release(job("build", upload(action=old)), publish(download() + PUBLISH)), "WFL030")

    def test_only_jobs_that_the_upload_needs(self) -> None:
        docs = job("docs", upload("docs", "site", action="actions/upload-artifact@v3"))
        assert not found(release(BUILD, docs, publish(download() + PUBLISH)), "WFL030")

    def test_a_workflow_that_publishes_nothing_is_left_alone(self) -> None:
        assert not found(release(job("build", upload(action="actions/upload-artifact@v3"))), "WFL030")


class TestNameConflicts:
    MATRIX = "strategy:\n  matrix:\n    os: [ubuntu-latest, macos-latest]\n"

    def wheels(self, name: str, *, more: str = "", condition: str = "") -> str:
        step = upload(name, "wheelhouse/*.whl", more=more)
        if condition:
            step = step.replace("      - uses", f"      - if: {condition}\n        uses")
        return job(
            "build", "      - uses: pypa/cibuildwheel@v3.1.4\n" + step, head=self.MATRIX, runs_on="${{ matrix.os }}"
        )

    def test_each_leg_counts(self) -> None:
        (finding,) = reported(release(self.wheels("wheels"), publish(DOWNLOAD_ALL + PUBLISH)), "WFL031")
        assert finding.severity is Severity.ERROR
        assert finding.args["suggested"] == "wheels-${{ matrix.os }}"

    def test_names_with_values_of_the_matrix(self) -> None:
        for name in (
            "wheels-${{ matrix.os }}",
            "wheels-${{ strategy.job-index }}",
            "wheels-${{ runner.os }}",
            "wheels-${{ github.job }}-${{ matrix.os }}",
        ):
            assert not found(release(self.wheels(name), publish(DOWNLOAD_ALL + PUBLISH)), "WFL031")

    def test_overwrite_allows_it(self) -> None:
        assert not found(
            release(self.wheels("wheels", more="overwrite: true\n"), publish(DOWNLOAD_ALL + PUBLISH)), "WFL031"
        )

    def test_conditions_that_exclude_each_other(self) -> None:
        assert not found(
            release(self.wheels("wheels", condition="matrix.os == 'ubuntu-latest'"), publish(DOWNLOAD_ALL + PUBLISH)),
            "WFL031",
        )
        assert not found(
            release(self.wheels("wheels", condition="runner.os == 'Linux'"), publish(DOWNLOAD_ALL + PUBLISH)), "WFL031"
        )
        one = upload().replace("      - uses", "      - if: github.event_name == 'push'\n        uses")
        two = upload().replace("      - uses", "      - if: github.event_name != 'push'\n        uses")
        assert not found(
            release(job("build", "      - run: pipx run build\n" + one + two), publish(download() + PUBLISH)), "WFL031"
        )

    def test_version_3_added_to_an_artifact(self) -> None:
        text = release(self.wheels("wheels").replace("artifact@v4", "artifact@v3"), publish(DOWNLOAD_ALL + PUBLISH))
        assert not found(text, "WFL031")

    def test_a_leg_that_may_find_no_files_is_no_error(self) -> None:
        steps = "      - run: ./build.sh\n" + upload("wheels", "out")
        (finding,) = reported(
            release(job("build", steps, head=self.MATRIX, runs_on="${{ matrix.os }}"), publish(DOWNLOAD_ALL + PUBLISH)),
            "WFL031",
        )
        assert finding.severity is Severity.WARNING

    def test_two_jobs_of_one_name(self) -> None:
        other = job("sdist", "      - run: pipx run build --sdist\n" + upload())
        (finding,) = reported(release(BUILD, other, publish(download() + PUBLISH, needs="[build, sdist]")), "WFL031")
        assert finding.severity is Severity.ERROR


class TestUnknownNames:
    def test_an_empty_name_means_artifact(self) -> None:
        unnamed = "      - uses: actions/upload-artifact@v4\n        with:\n          path: dist\n"
        build = job("build", "      - run: pipx run build\n" + unnamed)
        assert not found(release(build, publish(download("artifact") + PUBLISH)), "WFL032")
        assert found(release(build, publish(download("dist") + PUBLISH)), "WFL032")

    def test_whatever_may_upload_it_makes_it_unknown(self) -> None:
        wanted = publish(download("Packages") + PUBLISH)
        assert not found(
            release(job("build", "      - uses: hynek/build-and-inspect-python-package@v2\n"), wanted), "WFL032"
        )
        assert not found(release(job("build", "      - uses: somebody/builds-things@v1\n"), wanted), "WFL032")
        assert not found(
            release("  build:\n    uses: somebody/ci/.github/workflows/build.yml@main\n", wanted), "WFL032"
        )
        assert not found(release(job("build", "      - uses: ./.github/actions/missing\n"), wanted), "WFL032")

    def test_an_upload_inside_a_called_workflow_or_a_local_action(self) -> None:
        called = "on: workflow_call\njobs:\n" + BUILD
        caller = release("  build:\n    uses: ./.github/workflows/build.yml\n", publish(download() + PUBLISH))
        assert not found({PATH: caller, ".github/workflows/build.yml": called}, "WFL032")
        action = "runs:\n  using: composite\n  steps:\n    - uses: actions/upload-artifact@v4\n      with: {name: dist, path: dist}\n"
        caller = release(job("build", "      - uses: ./.github/actions/build\n"), publish(download() + PUBLISH))
        assert not found({PATH: caller, ".github/actions/build/action.yml": action}, "WFL032")

    def test_another_run_and_expressions(self) -> None:
        for more in ("run-id: ${{ github.event.workflow_run.id }}\n", "github-token: ${{ github.token }}\nrun-id: 1\n"):
            assert not found(release(BUILD, publish(download("other", more=more) + PUBLISH)), "WFL032")
        assert not found(release(BUILD, publish(download("${{ vars.NAME }}") + PUBLISH)), "WFL032")
        expression = job("build", "      - run: pipx run build\n" + upload("${{ vars.NAME }}"))
        assert not found(release(expression, publish(download("dist") + PUBLISH)), "WFL032")

    def test_a_name_made_of_known_parts_is_known(self) -> None:
        build = job("build", "      - run: pipx run build\n" + upload("dist-${{ github.ref_name }}"))
        assert not found(release(build, publish(download("dist-${{ github.ref_name }}") + PUBLISH)), "WFL032")

    def test_the_nearest_name_is_offered_and_not_applied(self) -> None:
        (finding,) = reported(release(BUILD, publish(download("dists") + PUBLISH)), "WFL032")
        assert [edit.applicability for edit in finding.edits] == [Applicability.SHOW]
        assert finding.severity is Severity.ERROR


class TestNestedFolders:
    TWO = BUILD + job("wheels", "      - uses: pypa/cibuildwheel@v3.1.4\n" + upload("wheels", "wheelhouse/*.whl"))

    def test_several_artifacts_without_merging(self) -> None:
        (finding,) = reported(release(self.TWO, publish(DOWNLOAD_ALL + PUBLISH, needs="[build, wheels]")), "WFL033")
        assert finding.severity is Severity.ERROR
        assert finding.args["artifacts"] == ["dist", "wheels"]

    def test_a_download_without_name_is_right_when_the_upload_reads_that_folder(self) -> None:
        everything = "      - uses: actions/download-artifact@v4\n"
        assert not found(release(self.TWO, publish(everything + PUBLISH, needs="[build, wheels]")), "WFL033")
        other = PUBLISH + "        with:\n          packages-dir: wheels\n"
        assert not found(release(self.TWO, publish(everything + other, needs="[build, wheels]")), "WFL033")

    def test_a_single_match_is_not_nested_in_newer_versions(self) -> None:
        for version, nested in (("v4", True), ("v5", False), ("v8", False)):
            text = release(BUILD, publish(DOWNLOAD_ALL.replace("@v4", f"@{version}") + PUBLISH))
            assert bool(found(text, "WFL033")) is nested, version

    def test_files_moved_up_by_a_step(self) -> None:
        for step in (
            "find dist -name '*.whl' -exec mv {} dist/ ';'",
            "mv dist/*/* dist/ && rmdir dist/*/",
            "./flatten.sh",
            "rm -rf dist/wheels",
        ):
            text = release(self.TWO, publish(f"{DOWNLOAD_ALL}      - run: {step}\n{PUBLISH}", needs="[build, wheels]"))
            assert not found(text, "WFL033"), step

    def test_patterns_that_reach_into_the_folders(self) -> None:
        for command in ("twine upload dist/*/*", "uv publish 'dist/**/*'", "twine upload dist/*/*.whl dist/*/*.tar.gz"):
            text = release(self.TWO, publish(f"{DOWNLOAD_ALL}      - run: {command}\n", needs="[build, wheels]"))
            assert not found(text, "WFL033"), command

    def test_merged_artifacts(self) -> None:
        merged = DOWNLOAD_ALL + "          merge-multiple: true\n"
        assert not found(release(self.TWO, publish(merged + PUBLISH, needs="[build, wheels]")), "WFL033")
        assert not found(release(self.TWO, publish(merged + PUBLISH, needs="[build, wheels]")), "WFL035")

    def test_artifacts_by_id(self) -> None:
        by_id = "      - uses: actions/download-artifact@v5\n        with:\n          artifact-ids: ${{ vars.IDS }}\n          path: dist\n"
        assert not found(release(self.TWO, publish(by_id + PUBLISH, needs="[build, wheels]")), "WFL033")


class TestFilesElsewhere:
    def test_a_named_artifact_in_the_folder_that_is_read(self) -> None:
        for path, read in (("dist", "dist"), ("dist/", "./dist/"), ("./out", "out"), (".", ".")):
            used = PUBLISH + f"        with:\n          packages-dir: {read}\n"
            assert not found(release(BUILD, publish(download(path=path) + used)), "WFL035"), path

    def test_an_artifact_made_of_the_folder_itself(self) -> None:
        build = job("build", "      - run: pipx run build\n" + upload(path="."))
        assert not found(release(build, publish(download(path=".") + PUBLISH)), "WFL035")

    def test_unknown_steps_may_put_files_anywhere(self) -> None:
        for step in (
            "make dist",
            "tox -e build",
            "./scripts/build",
            "nox -s build",
            "bash build.sh",
            "python tools/build.py",
            "curl -O https://example.com/x.whl",
        ):
            text = release(publish(f"      - uses: actions/checkout@v4\n      - run: {step}\n{PUBLISH}", needs=""))
            assert not found(text, "WFL035"), step
            assert not found(text, "BLD001"), step

    def test_working_directory_of_run_steps(self) -> None:
        head = "permissions:\n  id-token: write\ndefaults:\n  run:\n    working-directory: lib\n"
        steps = "      - uses: actions/checkout@v4\n      - run: python -m build\n"
        (finding,) = reported(release(publish(steps + PUBLISH, needs="", head=head)), "WFL035")
        assert finding.severity is Severity.ERROR
        for command in (
            "python -m build --outdir ../dist",
            "python -m build .. --outdir ${{ github.workspace }}/dist",
            "cd .. && python -m build",
        ):
            text = release(
                publish(f"      - uses: actions/checkout@v4\n      - run: {command}\n{PUBLISH}", needs="", head=head)
            )
            assert not found(text, "WFL035"), command

    def test_uv_builds_packages_of_a_workspace_into_the_root(self) -> None:
        steps = "      - uses: actions/checkout@v4\n      - run: uv build --package demo-core\n"
        assert not found(release(publish(steps + PUBLISH, needs="")), "WFL035")
        inner = "      - uses: actions/checkout@v4\n      - run: uv build packages/core\n"
        assert found(release(publish(inner + PUBLISH, needs="")), "WFL035")
        asked = PUBLISH + "        with:\n          packages-dir: packages/core/dist\n"
        assert not found(release(publish(inner + asked, needs="")), "WFL035")

    def test_other_folders_of_builders(self) -> None:
        for step, folder in (
            ("run: cibuildwheel --output-dir dist", "dist"),
            ("run: maturin build --out wheels", "wheels"),
            ("run: hatch build out", "out"),
            ("run: poetry build -o out", "out"),
            ("run: pdm build --dest out", "out"),
            ("run: pip wheel . -w out", "out"),
            ("run: python setup.py sdist -d out", "out"),
        ):
            used = PUBLISH + f"        with:\n          packages-dir: {folder}\n"
            assert not found(
                release(publish(f"      - uses: actions/checkout@v4\n      - {step}\n{used}", needs="")), "WFL035"
            ), step
            wrong = PUBLISH + "        with:\n          packages-dir: elsewhere\n"
            assert found(
                release(publish(f"      - uses: actions/checkout@v4\n      - {step}\n{wrong}", needs="")), "WFL035"
            ), step

    def test_a_machine_of_ones_own_may_keep_files(self) -> None:
        text = release(publish(PUBLISH, needs="")).replace("ubuntu-latest", "[self-hosted, linux]")
        assert not found(text, "BLD001")

    def test_the_name_in_a_pattern(self) -> None:
        def names(pattern: str, name: str = "my-project") -> list[Reported]:
            steps = (
                f"      - uses: actions/checkout@v4\n      - run: pipx run build\n      - run: twine upload {pattern}\n"
            )
            project = f'[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n[project]\nname = "{name}"\nversion = "1"\n'
            return reported({PATH: release(publish(steps, needs="")), "pyproject.toml": project}, "WFL035")

        assert names("dist/my-project-*.whl")[0].severity is Severity.ERROR
        assert names("dist/My.Project-*", "My.Project")[0].confidence is Confidence.LIKELY
        for right in ("dist/*", "dist/my_project-*.whl", "dist/my*", "dist/other-*.whl"):
            assert not names(right), right


class TestBuildsNothing:
    def test_a_built_file_that_git_tracks(self) -> None:
        text = release(publish("      - uses: actions/checkout@v4\n" + PUBLISH, needs=""))
        assert found(text, "BLD001")
        assert not found({PATH: text, "dist/demo-1.0-py3-none-any.whl": ""}, "BLD001")

    def test_clients_that_build_what_they_upload(self) -> None:
        for command in ("flit publish", "poetry publish --build", "pdm publish", "maturin publish"):
            text = release(publish(f"      - uses: actions/checkout@v4\n      - run: {command}\n", needs=""))
            assert not found(text, "BLD001"), command

    def test_build_in_the_same_script(self) -> None:
        script = "      - run: |\n          python -m pip install build twine\n          python -m build\n          twine upload dist/*\n"
        assert not found(release(publish("      - uses: actions/checkout@v4\n" + script, needs="")), "BLD001")

    def test_a_checkout_of_another_repository_may_hold_files(self) -> None:
        steps = "      - uses: actions/checkout@v4\n        with:\n          repository: somebody/wheels\n          path: dist\n"
        assert not found(release(publish(steps + PUBLISH, needs="")), "BLD001")

    def test_a_restored_cache_may_hold_files(self) -> None:
        steps = "      - uses: actions/cache/restore@v4\n        with: {path: dist, key: dist}\n"
        assert not found(release(publish(steps + PUBLISH, needs="")), "BLD001")


class TestCollidingWheels:
    def legs(self, steps: str, matrix: str = "build: ['cp312', 'cp313']", env: str = "") -> str:
        head = f"strategy:\n  matrix:\n    {matrix}\n{env}"
        send = upload("wheels-${{ matrix.build || matrix.os }}", "wheelhouse/*.whl")
        fetch = "      - uses: actions/download-artifact@v4\n        with:\n          pattern: wheels-*\n          path: dist\n          merge-multiple: true\n"
        return release(job("build", steps + send, head=head), publish(fetch + PUBLISH))

    def test_disjoint_selections(self) -> None:
        chosen = "      - uses: pypa/cibuildwheel@v3.1.4\n        env:\n          CIBW_BUILD: ${{ matrix.build }}-*\n"
        assert not found(self.legs(chosen), "WFL034")
        assert not found(
            self.legs("      - uses: pypa/cibuildwheel@v3.1.4\n", env="env:\n  CIBW_BUILD: ${{ matrix.build }}-*\n"),
            "WFL034",
        )
        only = "      - uses: pypa/cibuildwheel@v3.1.4\n        with:\n          only: ${{ matrix.build }}-manylinux_x86_64\n"
        assert not found(self.legs(only), "WFL034")
        written = "      - run: echo CIBW_BUILD=${{ matrix.build }}-* >> $GITHUB_ENV\n      - uses: pypa/cibuildwheel@v3.1.4\n"
        assert not found(self.legs(written), "WFL034")

    def test_legs_on_different_systems(self) -> None:
        text = self.legs("      - uses: pypa/cibuildwheel@v3.1.4\n", "os: [ubuntu-latest, windows-latest]")
        assert not found(
            text.replace("runs-on: ubuntu-latest\n    strategy", "runs-on: ${{ matrix.os }}\n    strategy"), "WFL034"
        )

    def test_each_project_of_a_matrix_has_its_own_sdist(self) -> None:
        head = "strategy:\n  matrix:\n    package: [core, extra]\n"
        steps = "      - run: python -m build packages/${{ matrix.package }} --outdir dist\n" + upload(
            "dist-${{ matrix.package }}"
        )
        fetch = "      - uses: actions/download-artifact@v4\n        with:\n          pattern: dist-*\n          path: dist\n          merge-multiple: true\n"
        assert not found(release(job("build", steps, head=head), publish(fetch + PUBLISH)), "WFL034")

    def test_equal_selections(self) -> None:
        (finding,) = reported(self.legs("      - uses: pypa/cibuildwheel@v3.1.4\n"), "WFL034")
        assert finding.severity is Severity.WARNING
