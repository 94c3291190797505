"""Whether a publishing script names a project in order to leave it out of the upload. A sign, and no proof of what is uploaded instead."""

import re

from preflight.plan.publish_plan import Publish
from preflight.plan.repeats import jobs_before

_LEAVES_OUT = (
    r"\bcontinue\b|\brm\s|\bunlink\b|grep\s+(?:-\w+\s+)*-\w*v|!\s*-(?:i?name|path)|-not\s|!=|!~|--exclude|--ignore|"
    r"\bRemove-Item\b|(?i:\bskip)"
)
"""Words of a shell, of find, grep and rsync, by which something is kept out of what follows."""
_MOST_LINES = 4
"""As far behind its condition as `continue` stands."""


def passed_over(publish: Publish, project: str) -> bool:
    """Whether a step of the upload's job, or of one before it, says that a project is left out."""
    jobs = (publish.instance.job, *jobs_before(publish))
    scripts = (step.run.value for job in jobs for step in job.all_steps() if step.run is not None)
    return any(leaves_out(script, project) for script in scripts)


def leaves_out(script: str, project: str) -> bool:
    """Whether a script names a project, in any spelling that normalises to it (PEP 503), beside a word that leaves it out."""
    name = re.compile(
        rf"(?<![\w-]){'[-_.]+'.join(map(re.escape, re.split('[-_.]+', project)))}(?![A-Za-z0-9]|[-_.]+[A-Za-z])", re.I
    )
    leaving = re.compile(_LEAVES_OUT)
    lines = script.split("\n")
    for number, line in enumerate(lines):
        if name.search(line) is None:
            continue
        if leaving.search(line) is not None:
            return True
        for after in lines[number + 1 : number + 1 + _MOST_LINES]:
            if re.fullmatch(r"\s*(?:fi|done|esac|;;|else|elif\b.*)\s*", after):
                break
            if re.match(r"\s*continue\b", after):
                return True
    return False
