"""Who and what the sample world is made of. Addresses lead nowhere (RFC 2606), numbers were never handed out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shop:
    """A merchant and its goods: (name, price in minor units, weight). `discount_percent`: what it gives to settle at once."""

    slug: str
    name: str
    jurisdiction: str
    time_zone: str
    locale: str
    currency: str
    contact_line: str
    customers: int
    discount_percent: int
    least_instalment_minor: int
    goods: tuple[tuple[str, int, int], ...]


SHOPS = (
    Shop(
        "dalbit",
        "달빛웹툰",
        "KR",
        "Asia/Seoul",
        "ko",
        "KRW",
        "달빛웹툰 고객센터 help@dalbit.example.com",
        190,
        20,
        1000,
        (
            ("쿠키 3개", 300, 3),
            ("쿠키 5개", 500, 4),
            ("웹툰 1화 대여", 500, 3),
            ("코인 30개", 3300, 8),
            ("코인 50개", 5500, 8),
            ("코인 100개", 9900, 9),
            ("완결 세트 소장", 19800, 3),
            ("월 정기권", 9900, 6),
        ),
    ),
    Shop(
        "byeolmuri",
        "별무리게임즈",
        "KR",
        "Asia/Seoul",
        "ko",
        "KRW",
        "별무리게임즈 고객지원 help@byeolmuri.example.com",
        150,
        20,
        1000,
        (
            ("골드 소형 팩", 1200, 6),
            ("다이아 100개", 5900, 8),
            ("다이아 550개", 29000, 3),
            ("시즌 패스", 12000, 6),
            ("스타터 패키지", 4900, 6),
            ("여름 한정 의상", 33000, 2),
            ("길드 후원권", 55000, 1),
        ),
    ),
    Shop(
        "songbird",
        "Songbird Stories",
        "GB",
        "Europe/London",
        "en",
        "GBP",
        "Songbird Stories help desk, help@songbird.example.com",
        90,
        0,
        100,
        (
            ("Single chapter", 79, 4),
            ("Story coins 50", 299, 8),
            ("Story coins 120", 599, 6),
            ("Monthly pass", 499, 8),
            ("Audio season", 1299, 3),
            ("Collector's set", 2499, 1),
        ),
    ),
)

KOREAN_FAMILY = "김이박최정강조윤장임한오서신권황안송류홍"
KOREAN_GIVEN = (
    "서연,민준,지우,도윤,하은,시우,수아,예준,지민,주원,다은,현우,채원,지호,유진,건우,소율,준서,예린,우진,"
    "나연,태윤,은서,승현,가은,재민,보라,성민,혜진,동현,미경,영호,정숙,상철,은지,진우"
)
ENGLISH_GIVEN = (
    "Amelia,Oliver,Isla,George,Ava,Noah,Freya,Arthur,Lily,Leo,Ivy,Oscar,Rosie,Theo,Grace,Maya,Aarav,Zara"
)
ENGLISH_FAMILY = (
    "Smith,Jones,Taylor,Brown,Williams,Wilson,Davies,Patel,Wright,Walker,Evans,Khan,Hughes,Okafor"
)

# username, role, first name, family name
STAFF = (
    ("agent", "agent", "지은", "한"),
    ("lead", "lead", "도현", "윤"),
    ("compliance", "compliance", "수정", "백"),
    ("admin", "admin", "현우", "조"),
)

# What customers and staff say, by the language of the shop.
DISPUTES = {
    "ko": (
        ("not_mine", "동생이 제 폰으로 결제했어요. 저는 산 적이 없습니다."),
        ("not_delivered", "코인이 들어오지 않았어요."),
        ("wrong_amount", "작은 패키지를 골랐는데 금액이 달라요."),
    ),
    "en": (
        ("not_mine", "My brother used my phone. I never bought this."),
        ("not_delivered", "The coins never arrived."),
        ("wrong_amount", "I chose the smaller pack."),
    ),
}
ANSWER = {
    "ko": "판매처의 이용 기록과 결제 기록을 함께 확인했습니다.",
    "en": "We compared the shop's records of use and of payment.",
}
HARDSHIP = {"ko": "지난달 실직, 시간을 달라고 함.", "en": "Lost the job last month, asks for time."}
NOTE = {"ko": "전화 옴. 주말에 확인하겠다고 함.", "en": "Called: will look at it at the weekend."}
DEFERRALS = {
    "ko": (
        ("illness", "어머니 수술로 당분간 여유가 없습니다."),
        ("income", "지난달에 일을 그만두었습니다."),
        ("wedding", "다음 주에 결혼합니다."),
    ),
    "en": (
        ("illness", "I am in hospital for some weeks."),
        ("income", "I lost my job last month."),
        ("bereavement", "My father died."),
    ),
}
ADJUSTMENT = {
    "ko": "수입이 줄어 나누어 갚을 수 있는지 여쭙니다.",
    "en": "My income has fallen. Can the terms be changed?",
}
PROPOSAL = {
    "ko": "남은 금액을 6개월 뒤부터 3회로 나누어 결제하시고, 그동안 수수료는 없습니다.",
    "en": "Three instalments, the first in six months, with no fee meanwhile.",
}
MINOR = {"ko": "초등학생 아이가 제 폰으로 결제했습니다.", "en": "My child bought this on my phone."}
# What somebody who pays by the page has read and agreed to.
AGREED = {"ko": "위 내용에 동의합니다.", "en": "I agree to this."}
AGENCY = (
    "hanbit",
    "한빛신용정보",
    "제2026-0001호",
    "recall@hanbit.example.com",
    "한빛신용정보 상담 02-000-0000",
)
INCIDENT = ("결제 오류", "같은 구매가 두 번 청구된 것으로 보임.")
