"""The workflow of a new project: plan on pull requests, apply on the main branch.

Invariants: what is applied is the plan that was saved for review, or nothing; what needs a consent
is applied by hand alone, for one plan by its digest and for the classes that were named; the token
reads, and where it applies also writes the branch that keeps inventory and journal, without which
the next apply would not know what this one sent; actions are pinned by commit; no value of an event
is written into a script; secrets stand in environments of the repository, and a pull request from a
fork gets none.
"""

from __future__ import annotations

import textwrap

from reconciler.planning.guards import CONSENTED

_HEAD = """\
# Before the first run, set in the repository:
#   variable RECONCILER_REQUIREMENT: what pip installs, pinned: reconciler==VERSION, or a URL
#   environment billing-plan: BILLMANAGER_USER and BILLMANAGER_PASSWORD of a user who only reads
#   environment billing-apply: the same of a user who writes; main branch only
#   environment billing-consent: the same as billing-apply, with required reviewers
#   branch reconciler-state, where inventory, journal and the ways back are kept between runs:
#     git switch --orphan reconciler-state
#     git commit --allow-empty --message "Begin the state"
#     git push origin reconciler-state
#
# A pull request saves its plan. The merge applies exactly that plan, but for the changes of these
# classes, which need a consent:
#   @CLASSES@
# It says what it left out, and with which commit and digest this workflow is run by hand (Run
# workflow) to apply exactly these changes of the same plan.
#
# What is in doubt is settled from a clone of the branch as .reconciler: reconciler resume.
# A machine that is lost in the middle of an apply takes the end of its journal with it: where that
# must not be, run the apply on a machine of your own and keep .reconciler on its disk.
name: Billing

on:
  pull_request:
  push:
    branches: [main]
  workflow_dispatch:
    inputs:
      commit:
        description: The commit on main whose plan is applied
        required: true
      digest:
        description: The digest of that plan (sha256:...)
        required: true
      classes:
        description: "Classes to allow, such as: charge, terminate"
        required: true

permissions:
  contents: read

# A newer push to a pull request ends the plan that it replaces. An apply is never ended: its runs
# have a group of their own each, and wait for one another below.
concurrency:
  group: billing-${{ github.event.pull_request.number || github.run_id }}
  cancel-in-progress: ${{ github.event_name == 'pull_request' }}

env:
  REQUIREMENT: ${{ vars.RECONCILER_REQUIREMENT }}
  CONSENTED: @CLASSES@

jobs:
  validate:
    name: Validate the manifests
    if: github.event_name != 'workflow_dispatch'
    runs-on: ubuntu-24.04
    steps:
@CHECKOUT@
@INSTALL@
      - run: reconciler validate

  plan:
    name: Plan and keep the plan
    needs: validate
    # A fork's code never meets a secret.
    if: >-
      github.event_name == 'pull_request' &&
      github.event.pull_request.head.repo.full_name == github.repository
    runs-on: ubuntu-24.04
    environment: billing-plan
    steps:
@CHECKOUT@
@STATE@
@INSTALL@
      - run: reconciler --target prod plan --out plan.json
@SECRETS@
      # Kept also where a guard refuses it: what remains within the guards can be applied.
      - if: success() || failure()
        uses: actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2
        with: {name: plan, path: plan.json, if-no-files-found: error}

  apply:
    name: Apply what was reviewed
    needs: validate
    if: github.event_name == 'push' && github.ref == 'refs/heads/main'
    runs-on: ubuntu-24.04
    environment: billing-apply
    permissions:
      contents: write # to keep the state on its branch
      actions: read # to fetch the plan that was saved
      pull-requests: read # to find the pull request of the commit
    concurrency: {group: billing-apply, cancel-in-progress: false}
    env:
      COMMIT: ${{ github.sha }}
      CLASSES: ""
    steps:
@CHECKOUT@
@STATE@
@INSTALL@
@FETCH@
@APPLY@
@KEEP@

  consent:
    name: Apply what needs a consent
    if: github.event_name == 'workflow_dispatch' && github.ref == 'refs/heads/main'
    runs-on: ubuntu-24.04
    environment: billing-consent
    permissions:
      contents: write # to keep the state on its branch
      actions: read # to fetch the plan that was saved
      pull-requests: read # to find the pull request of the commit
    concurrency: {group: billing-apply, cancel-in-progress: false}
    env:
      COMMIT: ${{ inputs.commit }}
      DIGEST: ${{ inputs.digest }}
      CLASSES: ${{ inputs.classes }}
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with: {persist-credentials: false, fetch-depth: 0}
      - name: Take the commit from the main branch alone
        run: |
          case $COMMIT in *[!0-9a-f]* | "") echo "::error::write the commit in full"; exit 1 ;; esac
          git merge-base --is-ancestor "$COMMIT" HEAD
          git checkout --quiet --detach "$COMMIT"
@STATE@
@INSTALL@
@FETCH@
      - name: Take the plan that was approved alone
        run: |
          found=$(python -c 'import json; print(json.load(open(".plan/plan.json"))["digest"])')
          if [ "$found" != "$DIGEST" ]; then
            echo "::error::the digest of the saved plan is $found"
            exit 1
          fi
@APPLY@
@KEEP@
"""
_CHECKOUT = """\
- uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
  with: {persist-credentials: false}
"""
_STATE = """\
- uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
  with: {persist-credentials: false, ref: reconciler-state, path: .reconciler}
"""
_INSTALL = """\
- uses: actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065 # v5.6.0
  with: {python-version: "3.13"}
- name: Install, with what policies need where there are any
  run: |
    if [ -d policies ]; then
      case $REQUIREMENT in
        reconciler\\[*) ;;
        reconciler*) REQUIREMENT="reconciler[policies]${REQUIREMENT#reconciler}" ;;
        *) REQUIREMENT="reconciler[policies] @ $REQUIREMENT" ;;
      esac
    fi
    python -m pip install "$REQUIREMENT"
"""
_SECRETS = """\
  env:
    BILLMANAGER_USER: ${{ secrets.BILLMANAGER_USER }}
    BILLMANAGER_PASSWORD: ${{ secrets.BILLMANAGER_PASSWORD }}
"""
_FETCH = """\
- name: Fetch the plan that was reviewed
  env: {GH_TOKEN: "${{ github.token }}"}
  run: |
    head=$(gh api "repos/$GITHUB_REPOSITORY/commits/$COMMIT/pulls" \\
      --jq '.[0].head.sha // empty')
    run=$(gh run list --repo "$GITHUB_REPOSITORY" --workflow reconciler.yml \\
      --event pull_request --commit "${head:-none}" --limit 1 \\
      --json databaseId --jq '.[0].databaseId // empty')
    if [ -z "$run" ]; then
      echo "::error::no reviewed plan belongs to $COMMIT: open a pull request"
      exit 1
    fi
    gh run download "$run" --repo "$GITHUB_REPOSITORY" --name plan --dir .plan
"""
_APPLY = """\
- name: Apply it, and leave out what nobody consented to
  env:
    BILLMANAGER_USER: ${{ secrets.BILLMANAGER_USER }}
    BILLMANAGER_PASSWORD: ${{ secrets.BILLMANAGER_PASSWORD }}
  run: |
    set -f
    consents=()
    for class in ${CLASSES//,/ }; do consents+=(--allow "$class"); done
    for class in $CONSENTED; do
      case " ${CLASSES//,/ } " in
        *" $class "*) ;;
        *) consents+=(--without "$class") ;;
      esac
    done
    code=0
    reconciler --target prod apply .plan/plan.json --report outcome.json "${consents[@]}" ||
      code=$?
    # Where all but what was left out is done, the run is no failure: it says what waits.
    if [ "$code" -eq 6 ]; then
      python - <<'END' || exit 6
    import json, os, sys
    outcome = json.load(open("outcome.json"))
    if any(each["result"] not in ("verified", "skipped") for each in outcome["outcomes"]):
        sys.exit(1)
    digest = json.load(open(".plan/plan.json"))["digest"]
    waiting = [each for each in outcome["outcomes"] if each["result"] == "skipped"]
    print(f"::warning::{len(waiting)} changes wait for a consent: see the summary of this run")
    with open(os.environ["GITHUB_STEP_SUMMARY"], "a") as summary:
        print("These wait for a consent. Run this workflow by hand with", file=summary)
        print(f"commit `{os.environ['COMMIT']}` and digest `{digest}`:\\n", file=summary)
        for each in waiting:
            why = each["message"].partition(";")[0]
            print(f"- `{each['address']}`: {each['action']}, {why}", file=summary)
    END
      code=0
    fi
    exit "$code"
"""
_KEEP = """\
- name: Keep what the next run has to know
  if: always()
  working-directory: .reconciler
  env: {TOKEN: "${{ github.token }}"}
  run: |
    git add --all -- . ':!*.lock'
    git diff --cached --quiet && exit 0
    git -c user.name=reconciler -c user.email=reconciler@localhost \\
      commit --quiet --message "State after $COMMIT"
    login=$(printf 'x-access-token:%s' "$TOKEN" | base64 --wrap=0)
    git -c http.extraheader="Authorization: basic $login" \\
      push --quiet origin HEAD:reconciler-state
"""
_STEPS = {
    "CHECKOUT": _CHECKOUT,
    "STATE": _STATE,
    "INSTALL": _INSTALL,
    "SECRETS": _SECRETS,
    "FETCH": _FETCH,
    "APPLY": _APPLY,
    "KEEP": _KEEP,
}


def workflow_text() -> str:
    """Return the workflow; the steps that several jobs share are written once here."""
    text = _HEAD.replace("@CLASSES@", " ".join(sorted(CONSENTED)))
    for name, steps in _STEPS.items():
        text = text.replace(f"@{name}@\n", textwrap.indent(steps, " " * 6))
    return text
