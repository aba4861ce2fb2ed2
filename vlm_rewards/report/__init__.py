"""Scored answers as figures a person can judge: means with intervals, pass@k, and one HTML file to look at."""

from vlm_rewards.report.console import table_of
from vlm_rewards.report.page import write_report
from vlm_rewards.report.records import AnsweredRow, read_answers, write_answer
from vlm_rewards.report.summary import Column, Summary, summarise

__all__ = ["AnsweredRow", "Column", "Summary", "read_answers", "summarise", "table_of", "write_answer", "write_report"]
