"""Signatures checked by other processes, ahead of need (design decision 11).

    frames.py    what goes over the pipes, byte by byte
    worker.py    the other process
    process.py   one worker, seen from here
    pool.py      what is to be asked, and who is asked: `SignatureWorkers`

A worker finds the keys behind signatures, which needs nothing but the bytes. What it finds goes into `RememberedSigners`, where
`apply_block` looks first. Only good news is taken from a worker, and only under a checksum over question and answer; whatever is
odd (a death, a delay, garbage) makes its questions unasked, and they are answered in this process when a block needs them.
"""
