"""Ways of writing that mean the same, and beside each kind the ones that do not."""

from __future__ import annotations

import pytest

from vlm_rewards_math.equality.comparison import Policy
from vlm_rewards_math.grading import decide

SAME = [
    ("1/3", r"0.\dot 3"),
    ("1/3", r"0.\dot3"),
    ("1/6", r"0.1\dot{6}"),
    ("1/7", r"0.\dot{1}4285\dot{7}"),
    ("1/3", r"0.\bar{3}"),
    ("1/3", "0.(3)"),
    ("1/3", "0.3 recurring"),
    ("1/3", "0.3 repeating"),
    ("1/3", "0.333…"),
    ("5:7", "5 to 7"),
    ("5:7", r"5\text{ to }7"),
    ("5:7", "5比7"),
    ("5:7", "5∶7"),
    ("2:3:4", "2 to 3 to 4"),
    ("12.345,67", "12345.67"),
    ("12345.67", "12 345,67"),
    ("12345.67", "12.345,67"),
    ("1'234.5", "1 234,50"),
    ("March 5, 2011", "2011.3.5"),
    ("March 25, 2011", "25/03/2011"),
    ("March 25, 2011", "03/25/2011"),
    ("March 25, 2011", "25-03-2011"),
    ("2011-03-25", "25.3.2011"),
    ("2011年3月5日", "March 5, 2011"),
    ("5月1日", "May 1"),
    ("7 R 2", "7r2"),
    ("7R2", "7 remainder 2"),
    (r"7 \text{ R } 2", "7余2"),
    ("7 R 2", "7……2"),
    ("7 R 2", "7 with a remainder of 2"),
    ("DNE", "does not exist"),
    ("DNE", "The limit does not exist."),
    (r"\text{does not exist}", "doesn't exist"),
    ("DNE", "不存在"),
    ("21st", r"21^{\text{st}}"),
    ("21st", "21^{st}"),
    ("21st", r"21^\text{st}"),
    ("2nd", r"2^{\mathrm{nd}}"),
    ("x=1或x=2", "x_1=1, x_2=2"),
    ("x_1=1,x_2=2", r"x = 1 \text{ or } x = 2"),
    ("①②④", "①、②、④"),
    ("①②④", "①, ② and ④"),
    ("①②④", r"\text{①②④}"),
    ("1, 2", "1或2"),
    ("1, 2", "1 和 2"),
    ("1, 2", "1与2"),
    (r"x>1 \text{ and } x \ne 2", "x>1且x≠2"),
    (r"x<1 \text{ or } x>2", "x<1或x>2"),
    (r"x<1 \text{ or } x>2", "x<1或者x>2"),
    ("张三、李四", "李四和张三"),
    (r"90^\circ", r"90 ^ { \circ }"),
    (r"3 \mathrm { ~ k g }", "3 kg"),
    ("3 kg", r"3 \mathrm { ~ k g }"),
    (r"5 \mathrm { ~ m } / \mathrm { s } ^ { 2 }", "5 m/s^2"),
    (r"\frac{\sqrt{3}}{2}", r"\frac { \sqrt { 3 } } { 2 }"),
    ("x _ { 1 } ^ { 2 }", "x_1^2"),
    ("1.41", "1.41 (approximately)"),
    ("1.41", "1.41 (rounded)"),
    ("1.41", "1.41 (2 d.p.)"),
    ("1.41", "1.41 (3 sf)"),
    ("1.41", r"1.41 \text{ (3 sig. fig.)}"),
    ("1.41 cm", "1.41 cm (to the nearest hundredth)"),
    ("1.41", "1.41 rounded to two decimal places"),
    ("1.41", "1.41 correct to 3 significant figures"),
    ("1.41", "1.41, to 2 d.p."),
    ("12000", "1.2 x 10^4"),
    ("0.5", r"{1 \over 2}"),
    (r"\frac{a+b}{2}", r"{a+b \over 2}"),
    (r"\frac{a+b}{2}", r"a+b\over 2"),
    ("7", r"{\huge 7}"),
    ("7", r"\Huge 7"),
    ("7", r"\footnotesize{7}"),
    ("32349", r"32,\! 349"),
    ("3", "3头"),
    ("3", "3 位"),
    ("(0,1)", "0<f(x)<1"),
    ("12", "12本书"),
    ("\\frac{1}{3}", "0.3\u0307"),
    ("\\frac{1}{3}", "0.3\u0305"),
    (r"\frac{7}{12}", r"0.58\dot{3}"),
    ("3 to 4", "3:4"),
    ("€1.234,50", "1234.50"),
    ("1.234.567,89", "1234567.89"),
    ("January 5, 2020", "Sunday, January 5, 2020"),
    ("12/31/1999", "31/12/1999"),
    ("5 R 3", "quotient 5, remainder 3"),
    ("3rd", "third"),
    ("4th", r"4\text{th}"),
    (r"3 \times 10^4", "3 \\times 1 0 ^ { 4 }"),
    ("3.14", "3 . 1 4 \\mathrm { ~ m }"),
    ("3.14", "3.14（保留两位小数）"),
    ("3.14", "3.14, approximately"),
    ("3.14", "approx. 3.14"),
    ("x<-1 \\text{ or } x>2", "x>2或x<-1"),
    ("-7", r"\text{负}7"),
    ("-7", "负7"),
    ("-7", "负七"),
    ("35%", "百分之三十五"),
    ("35%", "百分之35"),
    ("0.35", "百分之三十五"),
    ("2/3", "三分之二"),
    ("1/2", "二分之一"),
    ("12", "十二"),
    ("35", "三十五"),
    ("20", "二十"),
    ("105", "一百零五"),
    ("3500", "三千五百"),
    ("35000", "三万五千"),
    ("3.5", "三点五"),
    ("3个", "三个"),
    ("3", "三个"),
    ("5本", "五本"),
    ("12厘米", "十二厘米"),
    ("90分钟", "1小时30分"),
    ("150秒", "2分30秒"),
    ("2000", "2千"),
    ("30000", "3万"),
    ("150000000", "1.5亿"),
    ("30000人", "3万人"),
    ("3千克", "3 kg"),
    ("3千米", "3 km"),
    ("三角形", "三角形"),
    ("5分", "5"),
    ("5 km", "五千米"),
    ("3 m^2", "三平方米"),
    ("20-25", "20 to 25"),
    ("20-25", "between 20 and 25"),
    ("3到6天", "3-6天"),
    ("40%-50%", r"40\% \text{ to } 50\%"),
    (r"(-\infty,0)\cup(4,\infty)", r"\{x\mid x<0\text{ 或 }x>4\}"),
    ("9", "CD = DE = 9"),
    ("9", "T = p + q = 9"),
    ("-4", r"\text{minus }4"),
    ("80", r"\text{Rs. }80"),
    ("80元", "￥80"),
    (r"2\frac{1}{4}", "2又1/4"),
    (r"35^\circ", "35度"),
    ("2 ft", r"24\text{ in}"),
    ("7 cm^2", "7 sq. cm"),
    ("7 μm", r"7\ \mu\mathrm{m}"),
    (r"\emptyset", "空集"),
    (r"\begin{pmatrix}4\\5\end{pmatrix}", "(4,5)^T"),
    ("314_5", "314_{(5)}"),
    ("31", "31_{10}"),
    ("314_5", "314 in base 5"),
    ("5月8日", "5月8号"),
    ("星期五", "周五"),
    ("4cm，9cm", "4厘米和9厘米"),
    ("-6", "零下6"),
    (r"\sqrt{7}", "根号7"),
    ("no solution", "There is no solution."),
    ("all real numbers", r"(-\infty,\infty)"),
    ("12.5", "x = 1 2 . 5"),
    (r"\overrightarrow{CD}", r"-\overrightarrow{DC}"),
    (r"\angle PQR", r"\angle RQP"),
    ("b_n=3n+2", r"b_n=3n+2 (n\in\mathbb{N}^*)"),
    ("b_n=3n+2", "b_n = 3n+2（n∈N*）"),
    ("3n+2", r"b_n=3n+2\ (n\ge1)"),
]
OTHER = [
    ("1/3", r"0.\dot{2}"),
    ("0.6", r"0.1\dot{6}"),
    ("5:7", "7 to 5"),
    ("2 to 4", "1 to 2"),
    ("1 to 2", "2 to 4"),
    ("12.345,67", "12345.68"),
    ("1,2", "1.2"),
    ("2011-03-05", "2011-05-03"),
    ("March 5, 2011", "5/4/2011"),
    ("7 R 2", "7 R 3"),
    ("7 R 2", "2 r 7"),
    ("7 R 2", "72"),
    ("DNE", "exists"),
    ("DNE", "undefined"),
    ("21st", "21nd"),
    ("21st", "2^{st}1"),
    ("x=1或x=2", "x_1=1, x_2=3"),
    ("x_1=1,x_2=2", "x_1=2,x_2=1"),
    ("x_1=1,x_2=2", "x=1, y=2"),
    ("①②④", "①②③"),
    ("①②", "①②④"),
    ("3", "3或4"),
    ("3", "3和4"),
    (r"x>1 \text{ and } x \ne 2", "x>1或x≠2"),
    ("甲、乙", "甲和丙"),
    ("甲", "非甲"),
    ("1.41", "1.42 (approx.)"),
    ("1.41", "1.4 (approx.)"),
    ("3", "3 (4)"),
    ("f(3)", "f(4)"),
    ("(0,1)", "0<f(x)<2"),
    ("(0,1]", "0<f(x)<1"),
    ("0<f(x)<1", "0<g(x)<1"),
    (r"\sqrt{2}", r"3 \cdot 10^{0.100 \cdot 1000}"),
    (r"\sqrt{2}", r"3.000 \cdot 10^{0.100 \cdot 1000}"),
    (r"\sqrt{2}", r"0.001 \cdot 10^{100/2}"),
    (r"\sqrt{2}", r"0.001 \cdot 10^{50}"),
    (r"\pi", r"1.000 \cdot 10^{2^5}"),
    ("(2,5]", "(2,6] = (2,5]"),
    ("(2,5)", "(2,6) = (2,5)"),
    ("[1,2]", "(1,2) = [1,2]"),
    ("(1,2)", r"(1,3) \equiv (1,2)"),
    ("5 cm", "5 不 cm"),
    ("5", "5以上"),
    ("5", "5个以上"),
    (r"\{1,2\}", r"\{1,3\} = \{1,2\}"),
    ("(2,5]", "(2,x) = (2,5]"),
    ("42", "4 2"),
    ("x>2 or x<5", "x>2 and x<5"),
    ("3rd", "2nd"),
    ("1,5", "1.5"),
    ("3", "三四"),
    ("34", "三四"),
    ("三角形", "三"),
    ("3", "三十"),
    ("12", "二十"),
    ("2/3", "二分之三"),
    ("1/2", "二点一"),
    ("千", "1000"),
    ("1000", "千"),
    ("-7", "7"),
    ("35", "百分之三十四"),
    ("90分钟", "1小时20分"),
    ("5 m", "5 cm approx"),
    ("5 m", "5 cm (approx.)"),
    ("5", "5 to 7 rounded"),
    ("5", "5 to 7 approximately"),
    ("20-25", "20-26"),
    ("20-25", "22"),
    ("20-25 cm", "20-25 m"),
    (r"\overrightarrow{CD}", r"\overrightarrow{DC}"),
    (r"\angle PQR", r"\angle QPR"),
    ("C > D > B", "B > D > C"),
    (r"\emptyset", r"\{\emptyset\}"),
    ("z = x", "x = x"),
    (r"r \land s", r"r \lor s"),
    ("1 bar", "1 atm"),
    ("no solution", "one solution"),
    ("9", "CD = 9 = 8"),
    (r"q=P(X\ge 1)", r"q=P(X\ge 2)"),
    ("b_n=3n+2", r"b_n=3n+1 (n\in\mathbb{N}^*)"),
]


FUNCTIONS = [
    ("f(g(x))", "f(g(x))", True),
    ("f(x+1)", "f(1+x)", True),
    ("2f(x) + g(x)", r"g(x) + f(x) \cdot 2", True),
    ("f'(2x)", "f'(x+x)", True),
    ("f^2(x)", "f(x) f(x)", True),
    ("f(x,y)", "f(x,y)", True),
    ("mg(h+r)", "mgh + mgr", True),
    (r"\frac{h(a+b)}{2}", r"h\left(\frac{a+b}{2}\right)", True),
    ("f(x) = 3x", "f(x) = x + 2x", True),
    ("f(g(x))", "g(f(x))", False),
    ("f(2x)", "2f(x)", False),
    ("f(x+1)", "f(x)+f(1)", False),
    ("f(-x)", "f(x)", False),
    ("f(2x)", "4f(x)", False),
    ("f(x^2)", "f^2(x)", False),
    ("f^{-1}(x)", r"\frac{1}{f(x)}", False),
    ("f(x,y)", "f(y,x)", False),
    ("g'(2x)", "2g'(x)", False),
    ("f(g(2))", "g(f(2))", False),
]


@pytest.mark.parametrize(("reference", "answer", "same"), FUNCTIONS)
def test_a_function_is_no_factor(reference: str, answer: str, *, same: bool) -> None:
    assert (decide(reference, answer, Policy()).score == 1.0) is same


@pytest.mark.parametrize("bar", [r"\bar{{{}}}", r"\overline{{{}}}", r"\bar {}"])
@pytest.mark.parametrize("unknown", ["x", "z", "y_1", r"\theta"])
def test_a_bar_over_an_unknown_makes_another_one(bar: str, unknown: str) -> None:
    barred = bar.format(unknown) if "_" not in unknown or "{" in bar else rf"\bar{{{unknown}}}"
    assert decide(unknown, barred, Policy()).score == 0.0
    assert decide(barred, unknown, Policy()).score == 0.0
    assert decide(f"2{barred} + 1", f"1 + {barred} + {barred}", Policy()).score == 1.0


DISTANCES = [
    ("|x| < 3", "(-3, 3)"),
    (r"|t| \le \sqrt{2}", r"[-\sqrt{2}, \sqrt{2}]"),
    ("3 > |x|", "(-3, 3)"),
    ("|x - 2| < 3", "(-1, 5)"),
    (r"|x + 1| \le 4", "[-5, 3]"),
    ("|x| > 3", r"(-\infty, -3) \cup (3, \infty)"),
    (r"|x - 1| \ge 2", r"(-\infty, -1] \cup [3, \infty)"),
    ("|x| < 3", "-3 < x < 3"),
    ("x > |-3|", r"(3, \infty)"),
]


@pytest.mark.parametrize(("distance", "interval"), DISTANCES)
def test_a_distance_with_a_limit_is_an_interval(distance: str, interval: str) -> None:
    assert decide(interval, distance, Policy()).score == 1.0
    assert decide(distance, interval, Policy()).score == 1.0


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        ("(-3, 3)", "|x| < 4"),
        ("(-3, 3)", r"|x| \le 3"),
        ("(-3, 3)", "|x| > 3"),
        ("(-3, 3)", "|x - 1| < 3"),
        ("(-3, 3)", "|x + y| < 3"),
        ("(3, 3)", "|x| < -3"),
    ],
)
def test_another_distance_is_another_interval(reference: str, answer: str) -> None:
    assert decide(reference, answer, Policy()).score != 1.0


@pytest.mark.parametrize(
    "words", ["squared", "cubed", "doubled", "tripled", "halved", "or", "or more", "or less", "or fewer", "and up"]
)
@pytest.mark.parametrize("written", ["{} {}", r"{} \text{{ {}}}", r"{} \text{{{}}}"])
def test_words_that_change_a_number_make_another_one(words: str, written: str) -> None:
    assert decide("7", written.format("7", words), Policy()).score != 1.0


@pytest.mark.parametrize(
    ("reference", "answer"),
    [("49", "7 squared"), ("x^2", "x squared"), ("27 + y", "3 cubed + y"), ("7 cm^2", "7 cm squared")],
)
def test_a_power_may_be_spelled(reference: str, answer: str) -> None:
    assert decide(reference, answer, Policy()).score == 1.0


@pytest.mark.parametrize("sign", ["negative", "minus", "Negative", "Minus"])
def test_a_spelled_number_may_have_a_sign(sign: str) -> None:
    for value, words in ((7, "seven"), (42, "forty-two"), (305, "three hundred and five")):
        assert decide(str(-value), f"{sign} {words}", Policy()).score == 1.0
        assert decide(f"{sign} {words}", str(-value), Policy()).score == 1.0
        assert decide(str(value), f"{sign} {words}", Policy()).score == 0.0


@pytest.mark.parametrize(("reference", "answer"), SAME)
def test_it_is_the_same_answer_written_otherwise(reference: str, answer: str) -> None:
    assert decide(reference, answer, Policy()).score == 1.0


@pytest.mark.parametrize(("reference", "answer"), OTHER)
def test_it_is_another_answer_that_looks_alike(reference: str, answer: str) -> None:
    assert decide(reference, answer, Policy()).score != 1.0
