"""Answers of GitHub's REST API in its own shapes, and a check of files against a server that gives them."""

from collections.abc import Mapping
from typing import Any

from harness import check_files
from index.platform_server import PlatformServer

from preflight.engine.finding import Result
from preflight.engine.session import Options
from preflight.index.endpoints import Endpoints
from preflight.index.transport import Transport
from preflight.project.git import GitRecord

HOME = "/repos/octo-org/sampleproject"
TOKEN = "ghs_" + "0123456789" * 4


def repository(full_name: str = "octo-org/sampleproject", **more: Any) -> dict[str, Any]:
    """REST API, "Get a repository": the parts that matter among some that do not."""
    owner, _, name = full_name.partition("/")
    return {
        "id": 1296269,
        "name": name,
        "full_name": full_name,
        "owner": {"login": owner, "id": 1, "type": "Organization"},
        "private": False,
        "fork": False,
        "archived": False,
        "disabled": False,
        "default_branch": "main",
        "visibility": "public",
        **more,
    }


def environments(**policies: dict[str, bool] | None) -> dict[str, Any]:
    """REST API, "List environments": names with their `deployment_branch_policy`."""
    listed = [
        {
            "id": 1,
            "name": name,
            "protection_rules": [{"id": 3, "type": "branch_policy"}],
            "deployment_branch_policy": policy,
        }
        for name, policy in policies.items()
    ]
    return {"total_count": len(listed), "environments": listed}


SELECTED = {"protected_branches": False, "custom_branch_policies": True}
PROTECTED = {"protected_branches": True, "custom_branch_policies": False}


def policies(*rules: tuple[str, str]) -> dict[str, Any]:
    """REST API, "List deployment branch policies": pairs of pattern and type."""
    listed = [{"id": 1, "node_id": "x", "name": pattern, "type": kind} for pattern, kind in rules]
    return {"total_count": len(listed), "branch_policies": listed}


def secrets(*names: str, updated: str = "2026-01-10T14:59:22Z") -> dict[str, Any]:
    """REST API, "List repository secrets"."""
    listed = [{"name": name, "created_at": "2025-08-10T14:59:22Z", "updated_at": updated} for name in names]
    return {"total_count": len(listed), "secrets": listed}


def check_online(
    server: PlatformServer,
    files: Mapping[str, str],
    *select: str,
    token: str | None = TOKEN,
    remote: str = "https://github.com/octo-org/sampleproject.git",
    tags: tuple[str, ...] = ("v1.0", "v0.9"),
    at_tags: Mapping[str, Mapping[str, str]] | None = None,
    seeds: Mapping[str, object] | None = None,
) -> Result:
    """Check files with GitHub, PyPI and TestPyPI all played by the server."""
    record = GitRecord(
        remotes={"origin": remote}, tags=tags, tracked=frozenset(files), texts=dict(files), at_tags=at_tags or {}
    )
    environment = {"PATH": "", **({"GITHUB_TOKEN": token} if token else {})}
    return check_files(
        files,
        git=record,
        options=Options(select=select, online=True),
        seeds={
            "environment": environment,
            "transport": Transport(),
            "endpoints": Endpoints(server.url, server.url, server.url),
            **(seeds or {}),
        },
    )
