"""What makes a bound, a denial or an open choice of the number beside it, in lower case, by language."""

from __future__ import annotations

__all__ = ["BEFORE", "BEHIND", "UNSPACED_BEHIND"]

_BEFORE = (  # followed by a number
    *("at least", "at most", "up to", "more than", "greater than", "less than", "fewer than", "higher than"),
    *("lower than", "other than", "over", "under", "above", "below", "beyond", "exceeding", "exceeds", "min", "max"),
    *("minimum of", "maximum of", "upwards of", "between", "not", "isnt", "arent", "never"),
    *("neq", "ne", "leq", "geq", "le", "ge", "lt", "gt", "leqslant", "geqslant", "lesssim", "gtrsim"),
    *("≠", "≤", "≥", "≦", "≧", "≲", "≳", "⩽", "⩾"),
    *("mindestens", "höchstens", "wenigstens", "über", "unter", "mehr als", "weniger als", "bis zu", "maximal"),
    *("au moins", "au plus", "plus de", "moins de", "jusquà", "pas"),
    *("al menos", "por lo menos", "como mínimo", "como máximo", "a lo sumo", "más de", "menos de", "hasta"),
    *("almeno", "al massimo", "più di", "meno di", "fino a", "oltre", "non"),
    *("pelo menos", "no mínimo", "no máximo", "mais de", "até"),
    *("minstens", "hoogstens", "meer dan", "minder dan", "co najmniej", "co najwyżej", "więcej niż", "ponad"),
    *("не менее", "не более", "не меньше", "не больше", "больше", "меньше", "более", "менее", "минимум"),
    *("максимум", "свыше", "до", "не", "على الأقل", "أكثر من", "أقل من", "कम से कम", "en az", "en fazla"),
)
_UNSPACED_BEFORE = (
    *("至少", "最少", "最多", "不止", "不到", "不足", "超过", "超過", "多于", "多於", "少于", "少於", "大于", "大於"),
    *("小于", "小於", "不是", "少なくとも", "最低", "最大", "最小", "多くとも", "적어도", "최소", "최대"),
)
_BEHIND = (
    *("or more", "or less", "or fewer", "or so", "or any", "or higher", "or lower", "or greater", "or larger"),
    *("or above", "or below", "or over", "or under", "and up", "and more", "and above", "and over"),
    *("and counting", "plus"),
    *("maybe more", "perhaps more", "possibly more", "if not more", "upwards", "at least", "at most", "minimum"),
    *("maximum", "max", "is wrong", "is incorrect", "is not", "≤", "≥", "leq", "geq"),
    *("oder mehr", "oder weniger", "und mehr", "ou plus", "ou moins", "au moins", "au plus", "o más", "o menos"),
    *("como mínimo", "como máximo", "o più", "o meno", "ou mais", "ou menos", "no mínimo", "no máximo", "of meer"),
    *("lub więcej", "или больше", "или более", "или меньше", "и более", "أو أكثر", "على الأقل", "या अधिक"),
)

#: What a text before a number ends with, one space before its words.
BEFORE = (*(f" {phrase}" for phrase in _BEFORE), *_UNSPACED_BEFORE)
#: What a text behind a number, or behind the word after it, starts with, one space after its words.
BEHIND = tuple(f"{phrase} " for phrase in _BEHIND)
#: What stands within a few letters behind a number, a counter between them or not.
UNSPACED_BEHIND = (
    *("以上", "以下", "以内", "未満", "未满", "多个", "多個", "或更多", "或者", "还是", "または", "もしくは"),
    *("より多", "より少", "ではない", "이상", "이하", "미만", "초과", "또는"),
)
