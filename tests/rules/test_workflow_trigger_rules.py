"""What looks wrong in triggers, conditions and runs of a publish and is right; and what a card's example does not show."""

from textwrap import indent

import pytest
from harness import check_files
from publishing_workflow import PATH, PUBLISH, SCM, STATIC, TESTPYPI, found, workflow

from preflight.engine.finding import Severity

RELEASE_ONLY = workflow("release:\n  types: [published]\n")
TAGS_ONLY = workflow("push:\n  tags: ['v*']\n")


def releasing(step: str, on: str = "push:\n  branches: [main]\n", job: str = "", more: str = "") -> str:
    """A workflow that makes a release by some step."""
    return f"on:\n{indent(on, '  ')}{more}jobs:\n  release:\n    runs-on: ubuntu-latest\n{job}    steps:\n      - uses: actions/checkout@v6\n{step}"


BY_TOKEN = "      - uses: softprops/action-gh-release@v2\n"


class TestReleaseByGithubToken:
    def both(self, release: str, publish: str = RELEASE_ONLY) -> list[str]:
        return found({".github/workflows/release.yml": release, PATH: publish}, "WFL001")

    @pytest.mark.parametrize(
        "step",
        [
            BY_TOKEN,
            "      - run: gh release create v1 --generate-notes\n        env:\n          GH_TOKEN: ${{ github.token }}\n",
            "      - uses: actions/create-release@v1\n        env:\n          GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}\n",
            "      - uses: python-semantic-release/python-semantic-release@v10\n        with:\n          github_token: ${{secrets.GITHUB_TOKEN}}\n",
            "      - run: npx semantic-release\n        env:\n          GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}\n",
        ],
    )
    def test_made_with_the_run_token(self, step: str) -> None:
        assert self.both(releasing(step))

    def test_tag_pushed_with_the_run_token(self) -> None:
        step = "      - run: |\n          git tag v1.0\n          git push origin --tags\n"
        assert self.both(releasing(step), TAGS_ONLY)

    @pytest.mark.parametrize(
        "step",
        [
            BY_TOKEN + "        with:\n          token: ${{ secrets.PAT }}\n",
            BY_TOKEN + "        with:\n          draft: true\n",
            BY_TOKEN + "        with:\n          token: ${{ secrets.PAT || github.token }}\n",
            "      - run: gh release create v1 --draft\n        env:\n          GH_TOKEN: ${{ github.token }}\n",
            "      - run: gh release create v1\n        env:\n          GH_TOKEN: ${{ steps.app.outputs.token }}\n",
            "      - run: gh release upload v1 dist/*\n        env:\n          GH_TOKEN: ${{ github.token }}\n",
            "      - uses: googleapis/release-please-action@v4\n        with:\n          skip-github-release: true\n",
            "      - uses: release-drafter/release-drafter@v6\n        env:\n          GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}\n",
        ],
    )
    def test_another_token_or_a_draft(self, step: str) -> None:
        assert not self.both(releasing(step))

    def test_release_made_for_a_tag_that_a_person_pushed(self) -> None:
        assert not self.both(releasing(BY_TOKEN, "push:\n  tags: ['v*']\n"), TAGS_ONLY)

    def test_files_added_to_a_release_that_exists(self) -> None:
        assert not self.both(releasing(BY_TOKEN, "release:\n  types: [published]\n"))

    def test_publish_started_by_dispatch(self) -> None:
        dispatched = workflow("release:\n  types: [published]\nworkflow_dispatch:\n")
        step = BY_TOKEN + "      - run: gh workflow run publish.yml --ref v1\n"
        assert not self.both(releasing(step), dispatched)

    def test_made_by_a_script_of_an_action(self) -> None:
        step = "      - uses: actions/github-script@v8\n        with:\n          script: |\n            await github.rest.repos.createRelease({ DRAFT })\n"
        assert self.both(releasing(step.replace("DRAFT", "tag_name: tag, draft: false")))
        assert not self.both(releasing(step.replace("DRAFT", "tag_name: tag, draft: true")))
        assert not self.both(releasing(step.replace("createRelease", "getRelease")))

    MADE = "      - env:\n          GH_TOKEN: ${{ github.token }}\n          TAG: VALUE\n        run: gh release create NAME --notes ''\n"

    @pytest.mark.parametrize(
        ("default", "name", "starts"),
        [
            ("v1.0", '"$TAG"', True),
            ("wheels-4.12", '"$TAG"', False),
            ("4.12", "wheels-${TAG}", False),
            ("''", "wheels-$TAG", False),
            ("''", "v$TAG", True),
            ("''", '"$TAG"', True),
            ("''", "wheels-$(date +%F) --latest=false", False),
            ("''", "--latest=false", True),
        ],
    )
    def test_tag_that_the_publish_leaves_out(self, default: str, name: str, starts: bool) -> None:
        step = self.MADE.replace("NAME", name)
        manual = f"workflow_dispatch:\n  inputs:\n    tag: {{default: {default}}}\n"
        job = "if: ${{ !startsWith(inputs.tag || github.event.release.tag_name, 'wheels-') }}\n"
        released = workflow("release:\n  types: [published]\nworkflow_dispatch:\n  inputs:\n    tag:\n", job=job)
        assert bool(self.both(releasing(step.replace("VALUE", "${{ inputs.tag }}"), manual), released)) == starts
        pushed = step.replace("VALUE", "${{ steps.tag.outputs.tag }}" if default == "''" else default)
        assert bool(self.both(releasing(pushed), workflow("push:\n  tags: ['v*', '[0-9]*']\n"))) == starts

    def test_tag_of_an_action_that_the_publish_leaves_out(self) -> None:
        step = BY_TOKEN + "        with:\n          tag_name: wheels-${{ github.run_number }}\n"
        assert self.both(releasing(step), TAGS_ONLY.replace("v*", "*"))
        assert not self.both(releasing(step), TAGS_ONLY)

    def test_publish_in_the_same_run(self) -> None:
        both = workflow("push:\n  branches: [main]\nrelease:\n  types: [published]\n", steps=BY_TOKEN + PUBLISH)
        assert not found(both, "WFL001")

    def test_tag_pushed_with_a_key_of_its_own(self) -> None:
        step = "      - run: |\n          git tag v1.0\n          git push origin --tags\n"
        text = releasing(step).replace(
            "actions/checkout@v6\n", "actions/checkout@v6\n        with:\n          token: ${{ secrets.PAT }}\n"
        )
        assert not self.both(text, TAGS_ONLY)

    def test_workflow_that_publishes_nothing(self) -> None:
        listening = releasing("      - run: ./notify\n", "release:\n  types: [published]\n")
        assert not self.both(releasing(BY_TOKEN), listening)


class TestReleaseTypes:
    @pytest.mark.parametrize("types", ["[published]", "[released]", "published", "[published, edited]"])
    def test_types_that_fire_for_drafts(self, types: str) -> None:
        assert not found(workflow(f"release:\n  types: {types}\n"), "WFL002")

    def test_created_beside_pushed_tags(self) -> None:
        assert not found(workflow("release:\n  types: [created]\npush:\n  tags: ['v*']\n"), "WFL002")

    def test_created_beside_published_is_another_rule(self) -> None:
        text = workflow("release:\n  types: [created, published]\n")
        assert not found(text, "WFL002")
        assert found(text, "WFL004")

    def test_prereleased(self) -> None:
        assert "pre-release" in found(workflow("release:\n  types: [prereleased]\n"), "WFL002")[0]

    def test_release_that_publishes_nothing(self) -> None:
        text = releasing("      - run: ./notify\n", "release:\n  types: [created]\n")
        assert not found(text, "WFL002")


class TestTagFilter:
    def test_tags_that_are_really_made_pass(self) -> None:
        assert not found(workflow("push:\n  tags: ['[0-9]*']\n"), "WFL003", ("git tag 1.2.0", "git tag 1.1.0"))

    def test_pattern_of_an_older_naming(self) -> None:
        setup = tuple(f"git tag {name}" for name in ("1.4.0", "1.3.0", "1.2.0", "v1.1.0", "v1.0.0"))
        assert "older ones do" in found(TAGS_ONLY, "WFL003", setup)[0]

    def test_left_out_prereleases(self) -> None:
        text = workflow("push:\n  tags: ['v*', '!v*rc*']\n")
        assert not found(text, "WFL003", ("git tag v1.2.0rc1", "git tag v1.1.0", "git tag v1.0.0"))

    def test_no_tags_at_hand(self) -> None:
        assert not found(workflow("push:\n  tags: ['release-*']\n"), "WFL003")

    def test_one_star_does_not_cross_a_slash(self) -> None:
        setup = ("git tag release/1.1", "git tag release/1.0")
        assert found(workflow("push:\n  tags: ['*']\n"), "WFL003", setup)
        assert not found(workflow("push:\n  tags: ['**']\n"), "WFL003", setup)

    def test_release_event_publishes_too(self) -> None:
        text = workflow("push:\n  tags: ['v*']\nrelease:\n  types: [published]\n")
        assert not found(text, "WFL003", ("git tag 1.1.0", "git tag 1.0.0"))

    def test_branches_only_with_a_release_event(self) -> None:
        text = workflow(
            "push:\n  branches: [main]\nrelease:\n  types: [published]\n",
            job="if: startsWith(github.ref, 'refs/tags/')\n",
        )
        assert not found(text, "WFL003")

    def test_branches_only_while_another_workflow_publishes(self) -> None:
        old = workflow("push:\n  branches: [main]\n", job="if: startsWith(github.ref, 'refs/tags/')\n")
        assert found(old, "WFL003")
        assert not found({PATH: old, ".github/workflows/new.yml": TAGS_ONLY}, "WFL003")

    def test_push_without_any_filter(self) -> None:
        assert not found(workflow("push:\n", job="if: startsWith(github.ref, 'refs/tags/')\n"), "WFL003")


class TestDuplicateTriggers:
    BOTH = "push:\n  tags: ['v*']\nrelease:\n  types: [published]\n"

    def test_events_split_between_two_indexes(self) -> None:
        steps = (
            PUBLISH
            + "        if: github.event_name == 'release'\n"
            + TESTPYPI
            + "        if: github.event_name == 'push'\n"
        )
        assert not found(workflow(self.BOTH, steps=steps), "WFL004")

    def test_skip_existing(self) -> None:
        assert not found(
            workflow(self.BOTH, steps=PUBLISH + "        with:\n          skip-existing: true\n"), "WFL004"
        )

    def test_release_made_by_the_run_token_sends_no_event(self) -> None:
        text = workflow(
            self.BOTH,
            steps=PUBLISH + "      - uses: softprops/action-gh-release@v2\n        if: github.event_name == 'push'\n",
        )
        assert not found(text, "WFL004")

    @pytest.mark.parametrize(
        ("step", "times"),
        [
            (BY_TOKEN, 0),
            (
                "      - uses: actions/github-script@v8\n        with: {script: 'github.rest.repos.createRelease({})'}\n",
                0,
            ),
            (BY_TOKEN + "        with:\n          token: ${{ secrets.PAT }}\n", 1),
            (BY_TOKEN + "        with:\n          draft: true\n", 1),
        ],
    )
    def test_release_and_tag_made_by_the_token_of_another_run(self, step: str, times: int) -> None:
        files = {PATH: workflow(self.BOTH), ".github/workflows/release.yml": releasing(step)}
        assert len(found(files, "WFL004")) == times

    @pytest.mark.parametrize(
        ("group", "cancel", "times"),
        [
            ("${{ github.workflow }}-${{ github.ref }}", "true", 0),
            ("${{ github.workflow }}-${{ github.sha }}", "true", 0),
            ("${{ github.workflow }}-${{ github.ref }}", "false", 1),
            ("${{ github.workflow }}-${{ github.ref }}-${{ github.event_name }}", "true", 1),
            ("${{ github.run_id }}", "true", 1),
        ],
    )
    def test_run_that_the_other_event_cancels(self, group: str, cancel: str, times: int) -> None:
        top = f"concurrency:\n  group: {group}\n  cancel-in-progress: {cancel}\n"
        assert len(found(workflow(self.BOTH, top=top), "WFL004")) == times

    def test_tags_that_do_not_pass_the_filter(self) -> None:
        assert not found(workflow(self.BOTH), "WFL004", ("git tag 1.1.0", "git tag 1.0.0"))

    def test_two_workflows(self) -> None:
        files = {PATH: RELEASE_ONLY, ".github/workflows/tag.yml": TAGS_ONLY}
        assert "`tag.yml`" in found(files, "WFL004")[0]

    def test_condition_picks_one_activity(self) -> None:
        assert not found(workflow("release:\n", job="if: github.event.action == 'published'\n"), "WFL004")


class TestNoNewVersion:
    ON_MAIN = "push:\n  branches: [main]\n"

    def on(self, text: str, project: str = STATIC) -> list[str]:
        return found({PATH: text, "pyproject.toml": project}, "WFL005")

    def test_every_push_to_the_default_branch(self) -> None:
        assert self.on(workflow(self.ON_MAIN))
        assert self.on(workflow("schedule:\n  - cron: '0 4 * * *'\n"))

    def test_development_versions_from_git(self) -> None:
        assert not self.on(workflow(self.ON_MAIN, steps=TESTPYPI), SCM)

    def test_skip_existing(self) -> None:
        assert not self.on(workflow(self.ON_MAIN, steps=PUBLISH + "        with:\n          skip-existing: true\n"))

    def test_version_raised_in_the_run(self) -> None:
        assert not self.on(
            workflow(self.ON_MAIN, steps="      - run: hatch version dev\n      - run: hatch build\n" + PUBLISH)
        )

    def test_run_that_asks_the_index_first(self) -> None:
        assert not self.on(
            workflow(self.ON_MAIN, steps="      - run: curl -f https://pypi.org/pypi/demo/json && exit 1\n" + PUBLISH)
        )

    def test_push_that_changes_the_version_file(self) -> None:
        assert not self.on(workflow("push:\n  branches: [main]\n  paths: [pyproject.toml]\n"))

    def test_branch_made_for_releases(self) -> None:
        assert not self.on(workflow("push:\n  branches: [release]\n"))

    def test_condition_that_only_the_run_knows(self) -> None:
        assert not self.on(workflow(self.ON_MAIN, job="if: contains(github.event.head_commit.message, 'release')\n"))

    def test_create_with_a_guard(self) -> None:
        assert not found(workflow("create:\n", job="if: startsWith(github.ref, 'refs/tags/')\n"), "WFL005")


class TestPullRequests:
    def test_token(self) -> None:
        text = workflow("pull_request:\n", steps=PUBLISH + "        with:\n          password: ${{ secrets.PYPI }}\n")
        assert "secrets" in found(text, "WFL006")[0]

    @pytest.mark.parametrize(
        "condition",
        [
            "github.event_name != 'pull_request'",
            "github.event.pull_request.head.repo.full_name == github.repository",
            "github.event.pull_request.merged == true",
            "startsWith(github.ref, 'refs/tags/')",
        ],
    )
    def test_guards(self, condition: str) -> None:
        assert not found(workflow("pull_request:\npush:\n", job=f"if: {condition}\n"), "WFL006")

    def test_dry_run(self) -> None:
        assert not found(workflow("pull_request:\n", steps="      - run: uv publish --dry-run\n"), "WFL006")


class TestManualRuns:
    def test_environment_asks(self) -> None:
        assert not found(workflow("workflow_dispatch:\n", job="environment: pypi\n"), "WFL007")

    def test_input_decides(self) -> None:
        on = "workflow_dispatch:\n  inputs:\n    real: {type: boolean, default: true}\n"
        assert not found(workflow(on, job="if: inputs.real\n"), "WFL007")

    def test_needed_job_looks_at_the_ref(self) -> None:
        more = '  check:\n    runs-on: ubuntu-latest\n    steps:\n      - run: test "${GITHUB_REF_TYPE}" = tag\n'
        assert not found(workflow("workflow_dispatch:\n", job="needs: check\n", more=more), "WFL007")

    def test_it_is_no_warning(self) -> None:
        result = check_files({PATH: workflow("workflow_dispatch:\n")}, "WFL007")
        assert [each.severity for each in result.findings] == [Severity.INFO]


class TestSkippable:
    def test_other_events_reach_it(self) -> None:
        text = workflow(
            "release:\n  types: [published]\npush:\n  tags: ['v*']\n",
            job="if: startsWith(github.event.ref, 'refs/tags/')\n",
        )
        assert not found(text, "WFL008")

    def test_a_second_workflow_publishes(self) -> None:
        dead = workflow("release:\n  types: [published]\n", job="if: github.event.action == 'created'\n")
        assert found(dead, "WFL008")
        assert not found({PATH: dead, ".github/workflows/other.yml": TAGS_ONLY}, "WFL008")

    def test_switched_off_on_purpose(self) -> None:
        assert not found(workflow("release:\n  types: [published]\n", job="if: false\n"), "WFL008")
        assert not found(workflow("release:\n  types: [published]\n", job="if: ${{ false }}\n"), "WFL008")

    def test_another_repository_or_tag_may_be_meant(self) -> None:
        for condition in (
            "github.repository == 'someone/else'",
            "startsWith(github.ref, 'refs/tags/other-')",
            "github.event.release.tag_name == 'x'",
        ):
            assert not found(
                workflow("release:\n  types: [published]\n", job=f"if: {condition}\n"),
                "WFL008",
                ("git remote origin https://github.com/o/r",),
            )

    def test_output_of_the_old_command(self) -> None:
        steps = (
            '      - id: check\n        run: echo "::set-output name=go::yes"\n'
            + PUBLISH
            + "        if: steps.check.outputs.go == 'yes'\n"
        )
        assert "set-output" in found(workflow("push:\n  tags: ['v*']\n", steps=steps), "WFL008")[0]

    def test_output_of_the_present_way(self) -> None:
        steps = (
            '      - id: check\n        run: echo "go=yes" >> "$GITHUB_OUTPUT"\n'
            + PUBLISH
            + "        if: steps.check.outputs.go == 'yes'\n"
        )
        assert not found(workflow("push:\n  tags: ['v*']\n", steps=steps), "WFL008")

    def test_upload_that_only_pretends(self) -> None:
        assert not found(
            workflow("release:\n  types: [published]\n", steps="      - run: uv publish --dry-run\n"), "WFL008"
        )


class TestAlwaysTrue:
    @pytest.mark.parametrize(
        "condition",
        [
            "github.ref_type == 'tag'",
            "${{ github.ref_type == 'tag' }}",
            "|\n      github.ref_type == 'tag' &&\n      github.event_name == 'push'\n",
            ">-\n      ${{ github.ref_type == 'tag' }}\n",
        ],
    )
    def test_right_ones(self, condition: str) -> None:
        assert not found(workflow("push:\n", job=f"if: {condition}\n"), "WFL009")

    def test_needed_job(self) -> None:
        more = "  gate:\n    if: ${{ github.ref_type == 'tag' }} \n    runs-on: ubuntu-latest\n    steps:\n      - run: 'true'\n"
        assert not found(workflow("push:\n", job="needs: gate\n", more=more), "WFL009")
        more = more.replace("if: ${{ github.ref_type == 'tag' }} ", "if: ${{ github.ref_type == 'tag' }} == true")
        assert found(workflow("push:\n", job="needs: gate\n", more=more), "WFL009")

    def test_workflow_that_publishes_nothing(self) -> None:
        assert not found(releasing("      - run: 'true'\n        if: ${{ false }} x\n"), "WFL009")


class TestDespiteFailures:
    MORE = "  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: pytest\n"

    def on(self, condition: str) -> list[str]:
        return found(
            workflow("push:\n  tags: ['v*']\n", job=f"needs: test\nif: {condition}\n", more=self.MORE), "WFL010"
        )

    @pytest.mark.parametrize(
        "condition",
        [
            "always() && needs.test.result == 'success'",
            "${{ !failure() && !cancelled() }}",
            "success()",
            "github.ref_type == 'tag'",
            "failure()",
        ],
    )
    def test_right_ones(self, condition: str) -> None:
        assert not self.on(condition)

    @pytest.mark.parametrize(
        "condition", ["always()", "${{ !cancelled() }}", "${{ always() && github.ref_type == 'tag' }}"]
    )
    def test_wrong_ones(self, condition: str) -> None:
        assert self.on(condition)

    def test_always_with_nothing_before(self) -> None:
        assert not found(workflow("push:\n  tags: ['v*']\n", job="if: always()\n"), "WFL010")

    def test_step(self) -> None:
        steps = "      - run: pytest\n" + PUBLISH + "        if: always()\n"
        assert "step before it" in found(workflow("push:\n  tags: ['v*']\n", steps=steps), "WFL010")[0]

    def test_job_behind_the_upload(self) -> None:
        more = "  report:\n    needs: publish\n    if: always()\n    runs-on: ubuntu-latest\n    steps:\n      - run: 'true'\n"
        assert not found(workflow("push:\n  tags: ['v*']\n", more=more), "WFL010")


class TestConcurrency:
    def on(self, group: str, cancel: str = "true", on: str = "push:\n  tags: ['v*']\npull_request:\n") -> list[str]:
        top = f"concurrency:\n  group: {group}\n  cancel-in-progress: {cancel}\n"
        return found(workflow(on, job="if: github.event_name != 'pull_request'\n", top=top), "WFL011")

    @pytest.mark.parametrize(
        "group",
        [
            "${{ github.workflow }}-${{ github.ref }}",
            "x-${{ github.head_ref || github.run_id }}",
            "${{ github.sha }}",
            "a-${{ github.ref_name }}",
            "${{ vars.GROUP }}",
        ],
    )
    def test_groups_of_their_own(self, group: str) -> None:
        assert not self.on(group)

    def test_release_tag_in_the_group(self) -> None:
        assert not self.on("pub-${{ github.event.release.tag_name }}", on="release:\n  types: [published]\n")

    def test_only_pull_requests_are_cancelled(self) -> None:
        assert not self.on("ci", "${{ github.event_name == 'pull_request' }}")
        assert not self.on("ci", "${{ !startsWith(github.ref, 'refs/tags/') }}")
        assert not self.on("ci", "false")

    def test_constant_group(self) -> None:
        assert "`pypi`" in self.on("pypi")[0]

    def test_property_that_does_not_exist(self) -> None:
        assert "`github.event.push.ref`" in self.on("publish-${{ github.event.push.ref }}")[0]


class TestHiddenFailures:
    def test_optional_rehearsal(self) -> None:
        assert not found(
            workflow("push:\n  tags: ['v*']\n", steps=TESTPYPI + "        continue-on-error: true\n"), "WFL012"
        )

    def test_outcome_is_asked(self) -> None:
        steps = (
            "      - id: up\n"
            + PUBLISH.replace("- uses", "  uses")
            + "        continue-on-error: true\n      - run: exit 1\n        if: steps.up.outcome == 'failure'\n"
        )
        assert not found(workflow("push:\n  tags: ['v*']\n", steps=steps), "WFL012")

    def test_job(self) -> None:
        assert found(workflow("push:\n  tags: ['v*']\n", job="continue-on-error: true\n"), "WFL012")

    def test_other_step(self) -> None:
        assert not found(
            workflow(
                "push:\n  tags: ['v*']\n", steps="      - run: pytest\n        continue-on-error: true\n" + PUBLISH
            ),
            "WFL012",
        )


class TestRecreatedTag:
    def on(self, script: str) -> list[str]:
        step = f"      - run: |\n{indent(script, '          ')}\n"
        return found(workflow("push:\n  tags: ['v*']\n", steps=PUBLISH + step), "WFL013")

    def test_moving_tags(self) -> None:
        assert not self.on('git tag -f "v${GITHUB_REF_NAME%%.*}"\ngit push -f origin "v${GITHUB_REF_NAME%%.*}"')
        assert not self.on("git tag -f latest\ngit push -f --tags")

    def test_tag_taken_away_for_good(self) -> None:
        assert not self.on('git push --delete origin "$GITHUB_REF_NAME"')

    def test_before_the_upload(self) -> None:
        steps = '      - run: |\n          git tag -f "$GITHUB_REF_NAME"\n          git push -f --tags\n' + PUBLISH
        assert not found(workflow("push:\n  tags: ['v*']\n", steps=steps), "WFL013")


class TestUnresumable:
    def test_pypi_alone(self) -> None:
        assert not found(TAGS_ONLY, "WFL014")

    def test_rehearsal_that_nothing_waits_for(self) -> None:
        more = (
            f"  rehearse:\n    runs-on: ubuntu-latest\n    permissions:\n      id-token: write\n    steps:\n{TESTPYPI}"
        )
        assert not found(workflow("push:\n  tags: ['v*']\n", more=more), "WFL014")
        assert found(workflow("push:\n  tags: ['v*']\n", more=more, job="needs: rehearse\n"), "WFL014")

    def test_rehearsal_behind(self) -> None:
        assert not found(workflow("push:\n  tags: ['v*']\n", steps=PUBLISH + TESTPYPI), "WFL014")

    def test_different_events(self) -> None:
        steps = (
            TESTPYPI
            + "        if: github.event_name == 'push'\n"
            + PUBLISH
            + "        if: github.event_name == 'release'\n"
        )
        assert not found(workflow("push:\n  branches: [main]\nrelease:\n  types: [published]\n", steps=steps), "WFL014")

    def test_optional_rehearsal(self) -> None:
        assert not found(
            workflow("push:\n  tags: ['v*']\n", steps=TESTPYPI + "        continue-on-error: true\n" + PUBLISH),
            "WFL014",
        )

    def test_uv(self) -> None:
        run = "      - run: uv publish --publish-url https://test.pypi.org/legacy/{}\n      - run: uv publish\n"
        assert found(workflow("push:\n  tags: ['v*']\n", steps=run.format("")), "WFL014")
        assert not found(
            workflow("push:\n  tags: ['v*']\n", steps=run.format(" --check-url https://test.pypi.org/simple/")),
            "WFL014",
        )

    def test_uv_asks_the_index_that_it_is_given_by_name(self) -> None:
        table = '[[tool.uv.index]]\nname = "testpypi"\nurl = "https://test.pypi.org/simple/"\npublish-url = "https://test.pypi.org/legacy/"\n'
        steps = "      - run: uv publish --index testpypi\n      - run: uv publish\n"
        files = {".github/workflows/publish.yml": workflow("push:\n  tags: ['v*']\n", steps=steps)}
        assert not found({**files, "pyproject.toml": f'[project]\nname = "a"\nversion = "1"\n{table}'}, "WFL014")

    def test_mended_condition_lets_skipped_jobs_pass(self) -> None:
        needing = "needs: test\nif: always() && startsWith(github.ref, 'refs/tags/')\n"
        result = check_files(
            {
                ".github/workflows/publish.yml": workflow(
                    "push:\n  tags: ['v*']\n", job=needing, more=TestDespiteFailures.MORE
                )
            },
            "WFL010",
        )
        [edit] = result.findings[0].edits
        assert edit.replacement == "(!failure() && !cancelled())"


class TestMatrix:
    def on(self, matrix: str, steps: str = "      - run: python -m build\n" + PUBLISH) -> list[str]:
        return found(workflow("push:\n  tags: ['v*']\n", job=f"strategy:\n  matrix: {matrix}\n", steps=steps), "WFL015")

    def test_packages(self) -> None:
        assert not self.on("{package: [a, b]}")

    def test_folder_of_the_leg(self) -> None:
        assert not self.on(
            "{target: [a, b]}", PUBLISH + "        with:\n          packages-dir: ${{ matrix.target }}/dist\n"
        )

    def test_one_leg_uploads(self) -> None:
        assert not self.on(
            "{os: [ubuntu-latest, windows-latest]}", PUBLISH + "        if: matrix.os == 'ubuntu-latest'\n"
        )

    def test_single_leg(self) -> None:
        assert not self.on("{python: ['3.13']}")

    def test_skip_existing(self) -> None:
        assert not self.on(
            "{os: [ubuntu-latest, macos-latest]}", PUBLISH + "        with:\n          skip-existing: true\n"
        )

    def test_wheels_do_not_collide(self) -> None:
        env = "        env:\n          TWINE_USERNAME: __token__\n          TWINE_PASSWORD: ${{ secrets.T }}\n"
        steps = f"      - uses: pypa/cibuildwheel@v3\n      - run: twine upload wheelhouse/*\n{env}"
        result = check_files(
            {
                PATH: workflow(
                    "push:\n  tags: ['v*']\n",
                    job="strategy:\n  matrix: {os: [ubuntu-latest, macos-latest]}\n",
                    steps=steps,
                )
            },
            "WFL015",
        )
        assert [each.rejections for each in result.findings] == [()]
        assert "a part of its wheels" in result.findings[0].message


class TestUploadWithoutRelease:
    ACTION = "uses: python-semantic-release/python-semantic-release@v10"
    TOOL = f"      - id: release\n        {ACTION}\n        with:\n          github_token: ${{{{ secrets.GITHUB_TOKEN }}}}\n"
    ON = "push:\n  branches: [main]\n"

    def test_guard_on_an_output(self) -> None:
        steps = self.TOOL + PUBLISH + "        if: steps.release.outputs.released == 'true'\n"
        assert not found(workflow(self.ON, steps=steps), "WFL016")

    def test_guard_through_needs(self) -> None:
        more = f"  tool:\n    runs-on: ubuntu-latest\n    outputs:\n      go: ${{{{ steps.release.outputs.released }}}}\n    steps:\n{self.TOOL}"
        assert not found(
            workflow(self.ON, job="needs: tool\nif: needs.tool.outputs.go == 'true'\n", more=more), "WFL016"
        )
        assert found(workflow(self.ON, job="needs: tool\n", more=more), "WFL016")

    def test_guard_in_the_shell(self) -> None:
        run = '      - run: |\n          if [ "${{ steps.release.outputs.released }}" = "true" ]; then uv publish; fi\n'
        assert not found(workflow(self.ON, steps=self.TOOL + run), "WFL016")

    def test_run_of_a_release(self) -> None:
        assert not found(workflow("push:\n  tags: ['v*']\n", steps=self.TOOL + PUBLISH), "WFL016")

    def test_tool_behind_the_upload(self) -> None:
        assert not found(workflow(self.ON, steps=PUBLISH + self.TOOL), "WFL016")


class TestMalformed:
    def findings(self, text: str, path: str = PATH) -> list[tuple[str, Severity, str]]:
        result = check_files({path: text}, "WFL021")
        return [
            (each.message, each.severity, each.place.text if each.place else "")
            for each in result.findings
            if each.code == "WFL021"
        ]

    @pytest.mark.parametrize(
        "on",
        ["push:\n  tags: ['v*']\n", "release: {types: published}\n", "workflow_dispatch: {}\n", "pull_request: { }\n"],
    )
    def test_right_forms(self, on: str) -> None:
        assert not self.findings(workflow(on))

    def test_quoted_on_and_anchors(self) -> None:
        text = (
            TAGS_ONLY.replace("on:", '"on":', 1).replace("- run: uv build", "- &build\n        run: uv build")
            + "      - *build\n"
        )
        assert not self.findings(text)

    def test_a_file_that_is_no_workflow(self) -> None:
        assert not self.findings("# all of it is commented out\n")
        assert not self.findings("colour: blue\n", ".github/workflows/settings.yml")

    def test_ci_alone_is_a_warning(self) -> None:
        text = "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    step: []\n    steps:\n      - run: pytest\n"
        assert {severity for _, severity, _ in self.findings(text)} == {Severity.WARNING}

    def test_context_that_may_not_stand_there(self) -> None:
        (message, severity, place), *rest = self.findings(workflow("push:\n", job="if: secrets.TOKEN != ''\n"))
        assert severity is Severity.ERROR
        assert place == "secrets"
        assert not rest
        assert "secrets" in message

    def test_place_inside_an_expression(self) -> None:
        (_, _, place), *rest = self.findings(
            workflow("push:\n", steps=PUBLISH + "        env:\n          A: ${{ github.ref ++ 'x' }}\n")
        )
        assert place.startswith("+")
        assert not rest

    def test_call_with_an_unknown_input(self) -> None:
        called = workflow("workflow_call:\n  inputs:\n    real: {type: boolean}\n")
        call = "    uses: ./.github/workflows/publish.yml\n    with:\n      reel: true\n"
        caller = f"on:\n  push:\n    tags: ['v*']\njobs:\n  go:\n    permissions:\n      id-token: write\n{call}"
        result = check_files({PATH: called, ".github/workflows/release.yml": caller}, "WFL021")
        assert [each.place.text for each in result.findings if each.place] == ["reel"]

    def test_status_functions_with_jobs(self) -> None:
        more = "  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: pytest\n"
        assert not self.findings(
            workflow("push:\n", job="needs: test\nif: success('test') && !failure('test')\n", more=more)
        )

    def test_hash_files_in_a_step_but_not_in_a_job(self) -> None:
        assert not self.findings(workflow("push:\n", steps=PUBLISH + "        if: hashFiles('dist/*') != ''\n"))
        assert self.findings(workflow("push:\n", job="if: hashFiles('dist/*') != ''\n"))
