"""Words, places and industries of the invented bank. Places do not exist; industry codes are of GB/T 4754-2017."""

from __future__ import annotations

from dataclasses import dataclass

# Region code (99xxxx: synthetic) → place.
REGIONS: tuple[tuple[str, str], ...] = (
    ("990101", "澜江"),
    ("990102", "青屿"),
    ("990103", "望川"),
    ("990104", "云栖"),
    ("990105", "临溟"),
    ("990106", "宁朔"),
    ("990107", "沧原"),
    ("990108", "棠州"),
    ("990109", "岚港"),
    ("990110", "昭陵"),
    ("990111", "丹麓"),
    ("990112", "浣城"),
)

BRAND_FIRST = "恒瑞远鼎华信德泰宏嘉裕隆盛兴博雅润诚天正铭弘启晟合众源通达康"
BRAND_SECOND = "岳枫川霖屿桓昱珩澄衡禾麓舟蔚栎昶澜沐煦辰曜岑峤皓甫筠涵钧祺"

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜谢邹喻苏潘葛范彭鲁韦马方任袁柳"
GIVEN = "安柏昌晨达恩帆刚涵浩佳建静俊凯兰乐丽林玲敏明宁平琪倩荣瑞珊诗涛婷薇文雯熙欣雪妍阳怡颖宇雨泽哲珍志子"


@dataclass(frozen=True)
class Industry:
    """A GB/T 4754-2017 class. ``rule`` names the row of the size thresholds (spec §4.1), margins are of revenue."""

    code: str
    word: str
    rule: str
    gross_margin: float
    fixed_assets: float


# Size rule → (employees, revenue in 万元): the lower limits of Small, Medium and Large; None: not an indicator.
SIZE_RULES: dict[str, tuple[tuple[int, int, int] | None, tuple[int, int, int] | None]] = {
    "agriculture": (None, (50, 500, 20_000)),
    "industry": ((20, 300, 1_000), (300, 2_000, 40_000)),
    "construction": (None, (300, 6_000, 80_000)),
    "wholesale": ((5, 20, 200), (1_000, 5_000, 40_000)),
    "retail": ((10, 50, 300), (100, 500, 20_000)),
    "transport": ((20, 300, 1_000), (200, 3_000, 30_000)),
    "warehousing": ((20, 100, 200), (100, 1_000, 30_000)),
    "catering": ((10, 100, 300), (100, 2_000, 10_000)),
    "software": ((10, 100, 300), (50, 1_000, 10_000)),
    "other": ((10, 100, 300), None),
}

INDUSTRIES: tuple[Industry, ...] = (
    Industry("A0111", "农业", "agriculture", 0.24, 0.35),
    Industry("C1311", "粮油", "industry", 0.12, 0.25),
    Industry("C1713", "纺织", "industry", 0.16, 0.35),
    Industry("C2110", "家具", "industry", 0.26, 0.25),
    Industry("C2231", "包装", "industry", 0.19, 0.35),
    Industry("C2614", "化工", "industry", 0.20, 0.55),
    Industry("C2720", "制药", "industry", 0.48, 0.45),
    Industry("C2927", "塑料制品", "industry", 0.20, 0.30),
    Industry("C3011", "水泥", "industry", 0.27, 0.80),
    Industry("C3130", "钢材", "industry", 0.10, 0.45),
    Industry("C3311", "金属结构", "industry", 0.18, 0.30),
    Industry("C3484", "机械零部件", "industry", 0.23, 0.40),
    Industry("C3525", "模具", "industry", 0.28, 0.45),
    Industry("C3670", "汽车部件", "industry", 0.21, 0.40),
    Industry("C3812", "电机", "industry", 0.24, 0.35),
    Industry("C3982", "电子电路", "industry", 0.25, 0.45),
    Industry("D4430", "热力", "industry", 0.17, 1.20),
    Industry("E4710", "建筑", "construction", 0.11, 0.10),
    Industry("E4813", "市政工程", "construction", 0.13, 0.12),
    Industry("F5111", "粮食贸易", "wholesale", 0.06, 0.05),
    Industry("F5164", "金属贸易", "wholesale", 0.05, 0.04),
    Industry("F5172", "汽配贸易", "wholesale", 0.09, 0.05),
    Industry("F5211", "百货", "retail", 0.22, 0.20),
    Industry("F5292", "电子商务", "retail", 0.25, 0.06),
    Industry("G5431", "运输", "transport", 0.17, 0.60),
    Industry("G5930", "冷链仓储", "warehousing", 0.28, 0.90),
    Industry("H6210", "餐饮管理", "catering", 0.52, 0.30),
    Industry("I6513", "软件", "software", 0.55, 0.08),
    Industry("I6531", "系统集成", "software", 0.30, 0.08),
    Industry("M7484", "工程设计", "other", 0.38, 0.10),
    Industry("N7721", "环境治理", "other", 0.29, 0.50),
)


@dataclass(frozen=True)
class ProjectType:
    """A kind of project company: industry, words of its name, yearly revenue over its cost once in operation."""

    code: str
    word: str
    yield_on_cost: float


PROJECT_TYPES: tuple[ProjectType, ...] = (
    ProjectType("D4415", "风力发电", 0.135),
    ProjectType("D4416", "光伏发电", 0.125),
    ProjectType("D4620", "污水处理", 0.150),
    ProjectType("G5443", "高速公路", 0.120),
    ProjectType("E4813", "综合管廊", 0.130),
    ProjectType("G5532", "港口码头", 0.145),
)
COMPASS = ("东部", "南部", "西部", "北部", "中部", "滨海", "沿江", "新区")
