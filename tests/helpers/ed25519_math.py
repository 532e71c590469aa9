"""The group of ed25519 in plain integers, to make signatures that no honest library would make (RFC 8032 §5.1)."""

import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)

Point = tuple[int, int]
NEUTRAL: Point = (0, 1)


def add(a: Point, b: Point) -> Point:
    (x1, y1), (x2, y2) = a, b
    product = D * x1 * x2 * y1 * y2 % P
    x3 = (x1 * y2 + x2 * y1) * pow(1 + product, -1, P) % P
    return x3, (y1 * y2 + x1 * x2) * pow(1 - product, -1, P) % P


def multiply(scalar: int, point: Point) -> Point:
    result = NEUTRAL
    for bit in f"{scalar:b}":
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


def encode(point: Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def x_of(y: int, sign: int) -> int | None:
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT_OF_MINUS_ONE % P
    if x * x % P != square:
        return None
    return x if x & 1 == sign else -x % P


_BASE_Y = 4 * pow(5, -1, P) % P
BASE: Point = (x_of(_BASE_Y, 0) or 0, _BASE_Y)


def torsion() -> list[Point]:
    """The eight points whose order divides 8, beginning with the neutral one, as multiples of one of order 8."""
    for y in range(2, 100):
        x = x_of(y, 0)
        if x is None:
            continue
        point = multiply(L, (x, y))
        if multiply(4, point) != NEUTRAL:
            return [multiply(i, point) for i in range(8)]
    raise AssertionError("no point of order 8 found")


def small_order_encodings() -> list[bytes]:
    """All byte strings that some library reads as a point of small order: also with y ≥ p, and x = 0 with a sign."""
    texts = {encode(point) for point in torsion()}
    for _, y in torsion():
        for form in (y, y + P):
            if form < 2**255:
                texts.update((form | sign << 255).to_bytes(32, "little") for sign in (0, 1))
    return sorted(texts)


def challenge(r: bytes, key: bytes, message: bytes) -> int:
    return int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % L


def secret_scalar(seed: bytes) -> int:
    low = bytearray(hashlib.sha512(seed).digest()[:32])
    low[0] &= 248
    low[31] = low[31] & 127 | 64
    return int.from_bytes(low, "little")


def sign_with(secret: int, nonce: int, key: bytes, r: bytes, message: bytes) -> bytes:
    """A signature with chosen encodings of key and R, which need not belong to `secret` and `nonce`."""
    s = (nonce + challenge(r, key, message) * secret) % L
    return r + s.to_bytes(32, "little")
