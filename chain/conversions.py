"""What both ways of converting between HBD and HIVE share (protocol.md §8.7, §8.8)."""

from chain.errors import OperationFailed


class ConversionRequestExists(OperationFailed):
    code = "conversion_request_exists"
    text = "{owner} has a conversion numbered {requestid} already. Choose another number"
