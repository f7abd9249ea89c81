"""What a plan says of the shard that it is, as JSON.

Invariant: two shards with the same terms and another index are parts of the same plan.
"""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict

from reconciler.documents.types import AddressText, Count, DayText, DigestText


class ShardTermsDocument(TypedDict):
    """What a shard was planned from beside the manifests: the same for every shard of a plan.

    `records` is the digest of what the inventory and the journal said. `only` and `labels` are the
    selection; `adopt` is false under `--no-adopt`.
    """

    day: DayText
    records: DigestText
    adopt: bool
    only: list[AddressText]
    labels: dict[str, str]


class ShardDocument(TypedDict):
    """Which shard a plan is: `index` counts from 0 to one less than `count`.

    `answers` is the digest of the answers that the file holds for `plan merge`.
    """

    index: Count
    count: Count
    terms: NotRequired[ShardTermsDocument]
    answers: NotRequired[DigestText]
