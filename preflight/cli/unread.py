"""Workflows and pipelines that could not be read, named on standard error beside what `plan` and `publisher` show of the others. Reads none itself."""

from collections.abc import Collection

import click

from preflight.engine.facts import Facts
from preflight.sources.words import say


def tell_unread(facts: Facts, only: Collection[str]) -> bool:
    """Name the files that could not be read, and say whether there are any. `only` are the files that were asked for; empty is all."""
    from preflight.plan.unread import unread_files
    from preflight.report.safe import for_people

    found = unread_files(facts, only)
    for each in found:
        told = say("{problem}. What it uploads is not known, and is not among what is shown.", problem=each.told)
        click.echo(for_people(told), err=True)
    return bool(found)
