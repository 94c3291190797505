"""The table of facts: the name that a check asks by, and where the fact is computed. Imports none of them."""

from collections.abc import Mapping

FACTS: Mapping[str, str] = {
    "inventory": "preflight.project.inventory:inventory",
    "git": "preflight.project.git:git",
    "pyproject_file": "preflight.project.pyproject:pyproject_file",
    "pyproject": "preflight.project.pyproject:pyproject",
    "build_backend": "preflight.project.backend:build_backend",
    "environment": "preflight.project.repository:environment",
    "repository": "preflight.project.repository:repository",
    "workflows": "preflight.workflows.files:workflows",
    "indirect": "preflight.plan.indirect:indirect",
    "upload_steps": "preflight.plan.upload_steps:upload_steps",
    "foreign_exchanges": "preflight.workflows.other_platforms:foreign_exchanges",
    "pipelines": "preflight.workflows.pipelines:pipelines",
    "pipeline_plan": "preflight.plan.pipeline_plan:pipeline_plan",
    "publish_plan": "preflight.plan.facts:publish_plan",
    "handovers": "preflight.plan.handover:handovers",
    "registered_publishers": "preflight.publishers.registered:registered_publishers",
    "versions": "preflight.project.versions.fact:versions",
    "tracking": "preflight.project.tracking:tracking",
    "project_names": "preflight.project.names:project_names",
    "clock": "preflight.credentials.clock:clock",
    "pypirc_files": "preflight.credentials.pypirc_files:pypirc_files",
    "exposed_tokens": "preflight.credentials.exposure:exposed_tokens",
    "credentials": "preflight.plan.credentials:credentials",
    "release_builds": "preflight.workflows.release_builds:release_builds",
    "distributions": "preflight.distributions.archive:distributions",
    "metadata_sets": "preflight.distributions.sets:metadata_sets",
    "declared_metadata": "preflight.project.metadata:declared_metadata",
    "named_files": "preflight.project.named_files:named_files",
    "table_violations": "preflight.project.table_violations:table_violations",
    "toml_dialect": "preflight.project.dialect:toml_dialect",
    "standard_library": "preflight.project.standard_library:standard_library",
    "release_history": "preflight.project.standard_library:release_history",
}
"""Fact name -> `module:function`. The function's parameters are the facts it needs; the seeds are named in `preflight.engine.session`."""
