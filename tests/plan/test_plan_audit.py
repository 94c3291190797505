"""What reading the plan against real workflows by hand found wrong, one small test each."""

import pytest

from preflight.plan.facts import likely_tags
from tests.plan.planned import PATH, PUBLISH, plan, publishing, rows, workflow

ON_TAG = "push:\n  tags: ['v*']"


# ── Which refs and inputs the scenarios have ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("tags", "first"),
    [
        (("9.0.0b5", "8.0.1", "8.0.0"), "8.0.1"),
        (("v1.0.0-final-release", "v2.0.0"), "v2.0.0"),
        (("v4.2", "v4", "v4.2.0", "v4.1", "v4.1.0", "v4.0.0"), "v4.2.0"),
        (("core-v2.48.0", "v2.13.4", "v2.13.3", "v2.13.2"), "v2.13.4"),
        (("v0.8.0-rc.0", "v0.7.0"), "v0.7.0"),
        (("1.2.0.post1", "1.2.0"), "1.2.0.post1"),
        (("v0.0.1.dev6", "v0.0.1.dev5"), "v0.0.1.dev6"),
        (("v1.0.1", "v1.0.0", "v.0.4.6"), "v1.0.1"),
    ],
)
def test_a_release_tag_is_a_final_release_of_the_usual_form(tags: tuple[str, ...], first: str) -> None:
    assert likely_tags(tags)[0] == first


def test_each_package_of_a_repository_has_its_own_tag() -> None:
    text = workflow("push:\n  tags: ['hatchling-v*']", PUBLISH)
    found = plan(text, tags=("hatch-v1.18.0", "hatchling-v1.32.0", "hatch-v1.17.0"))
    assert list(publishing(found)) == ["push refs/tags/hatchling-v1.32.0"]


def test_the_beginning_of_a_ref_in_a_condition_is_no_ref() -> None:
    text = workflow("push:", PUBLISH, "if: startsWith(github.ref, 'refs/tags/v')")
    assert list(publishing(plan(text, tags=("v3.0",)))) == ["push refs/tags/v3.0"]
    assert list(publishing(plan(text, tags=("3.0",)))) == ["push refs/tags/v1.2.3"]


def test_a_pattern_for_format_is_no_ref() -> None:
    text = workflow(ON_TAG, PUBLISH, "if: github.ref == format('refs/tags/{0}', github.ref_name)")
    assert list(publishing(plan(text))) == ["push refs/tags/v1.2.3"]


def test_pre_releases_that_a_condition_tells_apart_go_elsewhere() -> None:
    steps = f"""
        {PUBLISH}
          if: contains(github.ref, '-rc')
          with:
            repository-url: https://test.pypi.org/legacy/
        {PUBLISH}
          if: ${{{{ !contains(github.ref, '-rc') }}}}
    """
    assert publishing(plan(workflow(ON_TAG, steps))) == {
        "push refs/tags/v1.2.3": ["publish always pypi trusted-publishing"],
        "push refs/tags/v1.2.3-rc1": ["publish always testpypi trusted-publishing"],
    }


def test_what_a_release_is_marked_as_makes_no_scenario() -> None:
    steps = f"{PUBLISH}\n- uses: softprops/action-gh-release@v2\n  with:\n    prerelease: ${{{{ contains(github.ref, 'alpha') }}}}"
    assert list(publishing(plan(workflow(ON_TAG, steps)))) == ["push refs/tags/v1.2.3"]


def test_an_activity_that_the_event_does_not_have_starts_nothing() -> None:
    found = rows(plan(workflow("release:\n  types: [prerelease, published]", PUBLISH)))
    assert found["release.prerelease refs/tags/v1.2.3 (never)"] == []
    assert found["release.published refs/tags/v1.2.3"] == ["publish always pypi trusted-publishing"]


def test_a_text_input_takes_the_values_that_conditions_compare_it_with() -> None:
    on = "workflow_dispatch:\n  inputs:\n    target:\n      default: 'false'"
    found = publishing(plan(workflow(on, PUBLISH, "if: github.event.inputs.target == 'true'")))
    assert list(found) == [
        "workflow_dispatch refs/heads/main target=true",
        "workflow_dispatch refs/tags/v1.2.3 target=true",
    ]


def test_a_text_input_that_conditions_exclude_one_value_of_may_be_any_other() -> None:
    on = "workflow_dispatch:\n  inputs:\n    tag:\n      default: dry-run"
    found = publishing(plan(workflow(on, PUBLISH, "if: inputs.tag != 'dry-run'")))
    assert found["workflow_dispatch refs/heads/main tag=?"] == [
        "publish unknown pypi trusted-publishing unless inputs.tag != 'dry-run'"
    ]
    assert "workflow_dispatch refs/heads/main tag=dry-run" not in found


def test_many_choices_do_not_push_the_release_tag_out() -> None:
    options = ", ".join(f"p{number}" for number in range(80))
    on = f"workflow_dispatch:\n  inputs:\n    package:\n      type: choice\n      options: [{options}]\n{ON_TAG}"
    found = plan(workflow(on, PUBLISH))
    assert len(found.scenarios) == 64
    assert found.left_out[PATH] == 2 * 80 + 3 - 64
    assert "push refs/tags/v1.2.3" in publishing(found)


def test_a_merged_pull_request_runs_on_the_branch_that_it_went_into() -> None:
    on = "pull_request:\n  types: [closed]\n  branches: [main]"
    found = plan(workflow(on, PUBLISH, "if: github.event.pull_request.merged && github.ref == 'refs/heads/main'"))
    assert rows(found) == {
        "pull_request.closed refs/heads/main": ["publish always pypi trusted-publishing"],
        "pull_request.closed refs/pull/1/merge": [],
    }


def test_the_repository_that_publishes_is_no_fork() -> None:
    text = workflow(ON_TAG, PUBLISH, "if: github.event.repository.fork == false")
    assert publishing(plan(text)) == {"push refs/tags/v1.2.3": ["publish always pypi trusted-publishing"]}


# ── What scripts say ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_check_that_fails_the_job_is_taken_to_pass() -> None:
    steps = """
        - run: |
            VERSION=$(python setup.py --version)
            if [ "refs/tags/$VERSION" != "$GITHUB_REF" ]; then
              echo "the tag is of another version"
              exit 1
            fi
            twine upload dist/*
          env:
            TWINE_USERNAME: __token__
            TWINE_PASSWORD: ${{ secrets.PYPI_TOKEN }}
    """
    assert publishing(plan(workflow(ON_TAG, steps))) == {"push refs/tags/v1.2.3": ["publish always pypi token"]}


def test_a_check_that_certainly_fails_the_job_keeps_the_upload_from_happening() -> None:
    steps = '- run: |\n    [ "$GITHUB_REF_TYPE" = tag ] || exit 1\n    uv publish'
    found = rows(plan(workflow("workflow_dispatch:", steps)))
    assert found["workflow_dispatch refs/heads/main"] == []
    assert found["workflow_dispatch refs/tags/v1.2.3"] == ["publish always pypi trusted-publishing"]


def test_an_early_end_without_failure_leaves_it_open() -> None:
    steps = "- run: |\n    if grep -q dev VERSION; then exit 0; fi\n    uv publish"
    (found,) = publishing(plan(workflow(ON_TAG, steps))).values()
    assert found[0].startswith("publish unknown pypi trusted-publishing unless")


def test_a_prefix_that_may_be_there_makes_no_two_uploads() -> None:
    steps = """
        - run: |
            if [ -d venv ]; then PREFIX=venv/bin/; else PREFIX=; fi
            ${PREFIX}twine upload dist/*
          env:
            TWINE_PASSWORD: ${{ secrets.PYPI_TOKEN }}
            TWINE_USERNAME: __token__
    """
    assert publishing(plan(workflow(ON_TAG, steps))) == {"push refs/tags/v1.2.3": ["publish always pypi token"]}


BY_TOKEN_OR_OIDC = 'if [ -n "${PYPI_TOKEN:-}" ]; then uv publish --token=$PYPI_TOKEN; else uv publish; fi'


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("- uses: actions/checkout@v5", ["publish always pypi trusted-publishing"]),
        ("- uses: some/release-please@v1", ["publish always pypi trusted-publishing"]),
        ("- uses: hashicorp/vault-action@v3", None),
        ("- run: cat secrets >> $GITHUB_ENV", None),
    ],
)
def test_a_variable_that_nobody_sets_has_no_value(before: str, expected: list[str] | None) -> None:
    (found,) = publishing(plan(workflow(ON_TAG, f"{before}\n- run: '{BY_TOKEN_OR_OIDC}'"))).values()
    assert found == expected if expected else all(" unknown " in row for row in found)


def test_a_variable_from_the_environment_of_a_runner_of_ones_own_is_not_known() -> None:
    text = workflow(ON_TAG, f"- run: '{BY_TOKEN_OR_OIDC}'").replace("ubuntu-latest", "self-hosted")
    (found,) = publishing(plan(text)).values()
    assert len(found) == 2


def test_what_a_step_hands_on_is_known() -> None:
    steps = """
        - id: where
          run: |
            if [ "$GITHUB_REF_TYPE" = tag ]; then
              echo "url=https://upload.pypi.org/legacy/" >> $GITHUB_OUTPUT
              echo "REPO=pypi" >> $GITHUB_ENV
            else
              echo "url=https://test.pypi.org/legacy/" >> "$GITHUB_OUTPUT"
              echo "REPO=testpypi" >> "$GITHUB_ENV"
            fi
        - uses: pypa/gh-action-pypi-publish@release/v1
          with:
            repository-url: ${{ steps.where.outputs.url }}
        - run: twine upload --repository $REPO dist/*
          env: {TWINE_USERNAME: __token__, TWINE_PASSWORD: "${{ secrets.T }}"}
    """
    assert publishing(plan(workflow("push:", steps))) == {
        "push refs/tags/v1.2.3": ["publish always pypi trusted-publishing", "publish always pypi token"],
        "push refs/heads/main": ["publish always testpypi trusted-publishing", "publish always testpypi token"],
    }


def test_what_a_job_works_out_decides_the_next() -> None:
    text = """
        on: [push]
        jobs:
          decide:
            runs-on: ubuntu-latest
            outputs:
              wanted: ${{ steps.it.outputs.wanted }}
            steps:
              - id: it
                run: |
                  if [[ "${{ github.ref_type }}" == tag ]]; then echo "wanted=yes" >> $GITHUB_OUTPUT; else echo "wanted=no" >> $GITHUB_OUTPUT; fi
          publish:
            needs: decide
            if: needs.decide.outputs.wanted == 'yes'
            runs-on: ubuntu-latest
            permissions: {id-token: write}
            steps:
              - uses: pypa/gh-action-pypi-publish@release/v1
    """
    assert publishing(plan(text)) == {"push refs/tags/v1.2.3": ["publish always pypi trusted-publishing"]}


def test_an_expression_may_be_the_whole_command() -> None:
    called = """
        on:
          workflow_call:
            inputs:
              command: {type: string, required: true}
        jobs:
          run:
            runs-on: ubuntu-latest
            steps:
              - run: ${{ inputs.command }}
                env: {TWINE_USERNAME: __token__, TWINE_PASSWORD: "${{ secrets.PYPI_TOKEN }}"}
    """
    caller = """
        on: {push: {tags: ['v*']}}
        jobs:
          go:
            uses: ./.github/workflows/run.yml
            with: {command: twine upload --repository testpypi dist/*}
            secrets: inherit
    """
    found = plan({PATH: caller, ".github/workflows/run.yml": called})
    assert publishing(found) == {"push refs/tags/v1.2.3": ["go / run always testpypi token"]}


# ── Calls and actions ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_matrix_of_a_call_decides_its_inputs() -> None:
    called = """
        on: {workflow_call: {inputs: {url: {type: string}}}}
        jobs:
          upload:
            runs-on: ubuntu-latest
            permissions: {id-token: write}
            steps:
              - uses: pypa/gh-action-pypi-publish@release/v1
                with: {repository-url: "${{ inputs.url }}"}
    """
    caller = """
        on: {push: {tags: ['v*']}}
        permissions: {id-token: write}
        jobs:
          both:
            strategy: {matrix: {url: ["https://test.pypi.org/legacy/", "https://upload.pypi.org/legacy/"]}}
            uses: ./.github/workflows/called.yml
            with: {url: "${{ matrix.url }}"}
    """
    found = publishing(plan({PATH: caller, ".github/workflows/called.yml": called}))
    assert found == {
        "push refs/tags/v1.2.3": [
            "both / upload always testpypi trusted-publishing",
            "both / upload always pypi trusted-publishing",
        ]
    }


def test_the_outputs_of_a_called_workflow_are_worked_out() -> None:
    called = """
        on:
          workflow_call:
            outputs:
              upstream: {value: "${{ jobs.setup.outputs.upstream }}"}
        jobs:
          setup:
            runs-on: ubuntu-latest
            outputs: {upstream: "${{ github.repository == 'octo-org/sampleproject' }}"}
            steps: [{run: "true"}]
    """
    caller = """
        on: {push: {tags: ['v*']}}
        jobs:
          checks:
            uses: ./.github/workflows/called.yml
          publish:
            needs: checks
            if: fromJSON(needs.checks.outputs.upstream)
            runs-on: ubuntu-latest
            permissions: {id-token: write}
            steps:
              - uses: pypa/gh-action-pypi-publish@release/v1
    """
    found = plan({PATH: caller, ".github/workflows/called.yml": called})
    assert publishing(found) == {"push refs/tags/v1.2.3": ["publish always pypi trusted-publishing"]}


def test_the_secrets_of_an_environment_reach_a_called_workflow() -> None:
    called = """
        on: {workflow_call: {}}
        jobs:
          upload:
            runs-on: ubuntu-latest
            environment: pypi
            steps:
              - uses: pypa/gh-action-pypi-publish@release/v1
                with: {password: "${{ secrets.PYPI_TOKEN }}"}
    """
    caller = "on: {push: {tags: ['v*']}}\njobs: {go: {uses: ./.github/workflows/called.yml}}"
    found = plan({PATH: caller, ".github/workflows/called.yml": called})
    assert publishing(found) == {"push refs/tags/v1.2.3": ["go / upload always pypi token in pypi"]}
    closed = plan(
        {PATH: caller, ".github/workflows/called.yml": called.replace("environment: pypi", "timeout-minutes: 5")}
    )
    assert publishing(closed) == {"push refs/tags/v1.2.3": ["go / upload always pypi trusted-publishing"]}


ACTION = """
    inputs:
      repository: {required: true}
      go: {default: "yes"}
    runs:
      using: composite
      steps:
        - if: inputs.go == 'yes'
          shell: bash
          run: twine upload --repository ${{ inputs.repository }} dist/*
"""


def test_a_local_action_sees_its_own_inputs_and_the_secrets_in_variables() -> None:
    text = """
        on:
          workflow_dispatch:
            inputs:
              repository: {default: nowhere}
        env:
          TWINE_USERNAME: __token__
          TWINE_PASSWORD: ${{ secrets.PYPI_TOKEN }}
        jobs:
          publish:
            runs-on: ubuntu-latest
            steps:
              - uses: ./.github/actions/upload
                with: {repository: testpypi}
              - uses: ./.github/actions/upload
                with: {repository: pypi, go: "no"}
    """
    found = plan({PATH: text, ".github/actions/upload/action.yml": ACTION})
    assert publishing(found)["workflow_dispatch refs/heads/main repository=nowhere"] == [
        "publish always testpypi token"
    ]


def test_an_action_within_an_action_gets_what_the_outer_one_is_given() -> None:
    outer = """
        inputs: {index: {required: true}}
        runs:
          using: composite
          steps:
            - uses: ./.github/actions/upload
              with: {repository: "${{ inputs.index }}"}
    """
    text = workflow(
        ON_TAG,
        "- uses: ./.github/actions/outer\n  with: {index: testpypi}\n  env: {TWINE_PASSWORD: '${{ secrets.T }}', TWINE_USERNAME: __token__}",
    )
    files = {PATH: text, ".github/actions/upload/action.yml": ACTION, ".github/actions/outer/action.yml": outer}
    assert publishing(plan(files)) == {"push refs/tags/v1.2.3": ["publish always testpypi token"]}


def test_a_workflow_that_is_not_at_hand_is_unknown() -> None:
    text = """
        on: {push: {tags: ['v*']}}
        jobs:
          publish:
            uses: octo-org/workflows/.github/workflows/publish-to-pypi.yml@v1
            secrets: {PYPI_API_TOKEN: "${{ secrets.PYPI_API_TOKEN }}"}
    """
    (row,) = plan(text).scenarios[0].publishes
    assert (row.job, row.happens, row.index, row.authentication) == ("publish", "unknown", None, "token")


@pytest.mark.parametrize(
    "call",
    [
        "uses: OpenAstronomy/github-actions-workflows/.github/workflows/publish.yml@v1\n    with: {upload_to_pypi: false}",
        "uses: octo-org/doc-builder/.github/workflows/upload_pr_documentation.yml@main\n    secrets: {hub_token: '${{ secrets.HUB }}'}",
        "uses: octo-org/workflows/.github/workflows/tox.yml@v1",
        "uses: octo-org/workflows/.github/workflows/check-pypi-release.yml@v1",
    ],
)
def test_other_workflows_elsewhere_upload_nothing(call: str) -> None:
    assert publishing(plan(f"on: {{push: {{tags: ['v*']}}}}\njobs:\n  call:\n    {call}\n")) == {}


def test_an_action_that_is_not_at_hand_and_gets_a_token_for_pypi_is_unknown() -> None:
    text = workflow(
        ON_TAG, "- uses: octo-org/actions/publish-python@v1\n  with: {pypi-token: '${{ secrets.PYPI_TOKEN }}'}"
    )
    (found,) = publishing(plan(text)).values()
    assert found == ["publish unknown ? token unless `octo-org/actions/publish-python` uploads"]


def test_conditions_of_several_jobs_read_as_one() -> None:
    text = """
        on: {push: {tags: ['v*']}}
        jobs:
          one:
            runs-on: ubuntu-latest
            if: vars.A || vars.B
            steps: [{run: "true"}]
          publish:
            needs: one
            if: vars.C
            runs-on: ubuntu-latest
            permissions: {id-token: write}
            steps:
              - uses: pypa/gh-action-pypi-publish@release/v1
    """
    (found,) = publishing(plan(text)).values()
    assert found == ["publish unknown pypi trusted-publishing unless (vars.A || vars.B) && vars.C"]


# ── Variables that a step hands on ────────────────────────────────────────────────────────────────────────────────────


def test_a_variable_written_to_github_env_decides_the_index_behind_it() -> None:
    steps = """
        - run: echo "TWINE_REPOSITORY=testpypi" >> $GITHUB_ENV
        - run: twine upload dist/*
          env: {TWINE_PASSWORD: "${{ secrets.T }}"}
    """
    assert publishing(plan(workflow(ON_TAG, steps))) == {
        "push refs/tags/v1.2.3": ["publish always testpypi token"],
    }


def test_a_token_written_to_github_env_is_the_token_of_its_secret() -> None:
    steps = """
        - run: echo "UV_PUBLISH_TOKEN=${{ secrets.T }}" >> "$GITHUB_ENV"
        - run: uv publish
    """
    assert publishing(plan(workflow(ON_TAG, steps))) == {"push refs/tags/v1.2.3": ["publish always pypi token"]}


def test_the_step_itself_goes_before_what_was_handed_on() -> None:
    steps = """
        - run: echo "TWINE_REPOSITORY=testpypi" >> $GITHUB_ENV
        - run: twine upload dist/*
          env: {TWINE_PASSWORD: "${{ secrets.T }}", TWINE_REPOSITORY: pypi}
    """
    assert publishing(plan(workflow(ON_TAG, steps))) == {"push refs/tags/v1.2.3": ["publish always pypi token"]}
