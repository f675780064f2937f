"""What rides along: payloads looked for where no format of an artifact places any.

`carried` searches the bytes of an artifact by default, `deep` every byte of it; both yield what
they find as a `Child` of the role `found`, which the reading goes on from. A signature leads to a
place, and only what a format recognises there, and can tell the end of, is found.
"""
