"""Who and what the sample world is made of. Addresses lead nowhere (RFC 2606), numbers were never handed out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shop:
    """A merchant and its goods: (name, price in minor units, weight)."""

    slug: str
    name: str
    jurisdiction: str
    time_zone: str
    locale: str
    currency: str
    contact_line: str
    customers: int
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
