"""The workflow of a new project: plan on pull requests, apply on the main branch.

Invariants: the token reads, and where it applies also writes the branch that keeps inventory and
journal, without which the next apply would not know what this one sent; actions are pinned by
commit; secrets stand in two environments of the repository, and a pull request from a fork gets
neither.
"""

from __future__ import annotations

WORKFLOW = """\
# Before the first run, set in the repository:
#   variable RECONCILER_REQUIREMENT: what pip installs, pinned to one version or commit
#   environment billing-plan: BILLMANAGER_USER and BILLMANAGER_PASSWORD of a user who only reads
#   environment billing-apply: the same of a user who writes; main branch only, with reviewers
#   branch reconciler-state, where inventory, journal and the ways back are kept between runs:
#     git switch --orphan reconciler-state
#     git commit --allow-empty --message "Begin the state" && git push origin reconciler-state
# What is in doubt is settled from a clone of that branch as .reconciler: reconciler resume.
# A machine that is lost in the middle of an apply takes the end of its journal with it: where that
# must not be, run the apply on a machine of your own and keep .reconciler on its disk.
name: Billing

on:
  pull_request:
  push:
    branches: [main]

permissions:
  contents: read

env:
  REQUIREMENT: ${{ vars.RECONCILER_REQUIREMENT }}

jobs:
  validate:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with: {persist-credentials: false}
      - uses: actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065 # v5.6.0
        with: {python-version: "3.13"}
      - run: python -m pip install "$REQUIREMENT"
      - run: reconciler validate

  plan:
    needs: validate
    # A fork's code never meets a secret.
    if: >-
      github.event_name == 'pull_request' &&
      github.event.pull_request.head.repo.full_name == github.repository
    runs-on: ubuntu-24.04
    environment: billing-plan
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with: {persist-credentials: false}
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with: {persist-credentials: false, ref: reconciler-state, path: .reconciler}
      - uses: actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065 # v5.6.0
        with: {python-version: "3.13"}
      - run: python -m pip install "$REQUIREMENT"
      - run: reconciler --target prod plan
        env:
          BILLMANAGER_USER: ${{ secrets.BILLMANAGER_USER }}
          BILLMANAGER_PASSWORD: ${{ secrets.BILLMANAGER_PASSWORD }}

  apply:
    needs: validate
    if: github.event_name == 'push' && github.ref == 'refs/heads/main'
    runs-on: ubuntu-24.04
    environment: billing-apply
    permissions: {contents: write}
    concurrency: {group: billing-apply, cancel-in-progress: false}
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with: {persist-credentials: false}
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with: {persist-credentials: false, ref: reconciler-state, path: .reconciler}
      - uses: actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065 # v5.6.0
        with: {python-version: "3.13"}
      - run: python -m pip install "$REQUIREMENT"
      - run: reconciler --target prod apply --yes
        env:
          BILLMANAGER_USER: ${{ secrets.BILLMANAGER_USER }}
          BILLMANAGER_PASSWORD: ${{ secrets.BILLMANAGER_PASSWORD }}
      - name: Keep what the next run has to know
        if: always()
        working-directory: .reconciler
        env: {TOKEN: "${{ github.token }}"}
        run: |
          git add --all -- . ':!*.lock'
          git diff --cached --quiet && exit 0
          git -c user.name=reconciler -c user.email=reconciler@localhost \
            commit --quiet --message "State after $GITHUB_SHA"
          login=$(printf 'x-access-token:%s' "$TOKEN" | base64 --wrap=0)
          git -c http.extraheader="Authorization: basic $login" \
            push --quiet origin HEAD:reconciler-state
"""
