"""Facts about CI: GitHub's workflow model, its expression language, upload commands; GitLab."""
