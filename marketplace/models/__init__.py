"""Integer models: canonical bytes, exact scores, and evidence of them (docs/models.md)."""

from marketplace.models.canonical import IntegerModel, decode_model, encode_model, model_hash
from marketplace.models.columns import FeatureSpace
from marketplace.models.compare import Agreement, agreement
from marketplace.models.convert import convert
from marketplace.models.evidence import Evidence, build_evidence
from marketplace.models.linear import Head, LinearModel, Task
from marketplace.models.metrics import Metric, check_metric, score_from_sums, sum_count
from marketplace.models.score import predict, raw_outputs
from marketplace.models.to_onnx import to_onnx
from marketplace.models.trees import TreeModel

__all__ = [
    "Agreement",
    "Evidence",
    "FeatureSpace",
    "Head",
    "IntegerModel",
    "LinearModel",
    "Metric",
    "Task",
    "TreeModel",
    "agreement",
    "build_evidence",
    "check_metric",
    "convert",
    "decode_model",
    "encode_model",
    "model_hash",
    "predict",
    "raw_outputs",
    "score_from_sums",
    "sum_count",
    "to_onnx",
]
