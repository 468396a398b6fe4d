"""What people of the demo write in other languages than English, in their own scripts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Locale:
    """People and sentences of a language: names are (display name, username)."""

    names: tuple[tuple[str, str], ...]
    bio: str
    tags: tuple[str, ...]
    things: tuple[str, ...]
    sentences: tuple[str, ...]
    replies: tuple[str, ...]


LOCALES = (
    Locale(
        (
            ("Jürgen Weiß", "jweiss"),
            ("Käthe Öztürk", "kaethe"),
            ("Sören Groß", "soeren_g"),
            ("Mechthild Krüger", "mkrueger"),
            ("Björn Täuber", "bjoern"),
        ),
        "Fahrrad, Garten, Kaffee. Meistens in dieser Reihenfolge.",
        ("garten", "frühstück", "straßenbahn"),
        ("das Brot", "das Fahrrad", "das Radio", "das Wetter", "das neue Buch"),
        (
            "Heute früh: {thing}, eine Kanne Tee und sonst gar nichts.",
            "Wer hätte gedacht, dass {thing} mich einmal so glücklich macht?",
            "Kleine Umfrage: {thing} – ja oder unbedingt?",
            "Ich sage es ungern, aber {thing} war heute großartig.",
            "Seit Tagen dreht sich bei uns alles um {thing}",
        ),
        (
            "So schön!",
            "Genau mein Humor.",
            "Erzähl mehr davon!",
            "Da bin ich dabei.",
            "Ach, herrlich.",
        ),
    ),
    Locale(
        (
            ("Íñigo Peña", "inigo"),
            ("Lucía Núñez", "lucia_n"),
            ("Begoña Sáez", "begosaez"),
            ("Andrés Ibáñez", "andres_i"),
            ("Noé Muñiz", "noe_muniz"),
            ("Inés Cañas", "inescanas"),
        ),
        "Mar, libros y sobremesas largas.",
        ("mañana", "cocina", "librerías"),
        ("el mar", "el pan de ayer", "el mercado", "el tren de las ocho", "el silencio"),
        (
            "¿Y si hoy solo importara {thing}?",
            "No sabía cuánto echaba de menos {thing}.",
            "Tres cosas buenas de hoy: {thing}, la lluvia y tu mensaje.",
            "Mi abuela tenía razón sobre {thing}.",
            "Domingo perfecto: {thing} y nadie con prisa.",
        ),
        ("¡Qué maravilla!", "¡Cuéntame más!", "Totalmente de acuerdo.", "Jajaja, igual que yo."),
    ),
    Locale(
        (
            ("Zoé Lefèvre", "zoe_l"),
            ("Benoît Garçon", "benoit_g"),
            ("Maëlle Rivière", "maelle"),
            ("Théo Châtel", "theo_c"),
            ("Aïcha Bérard", "aicha_b"),
        ),
        "Vélo, vinyles et un peu de mauvaise foi.",
        ("été", "boulangerie", "vélo"),
        ("le marché", "le vieux phare", "le premier café", "le bruit de la pluie"),
        (
            "Rien de mieux que {thing} pour commencer la journée.",
            "On ne parle pas assez de {thing}.",
            "Ce soir : {thing}, et demain on verra.",
            "Je croyais connaître {thing}. J’avais tort.",
        ),
        ("Magnifique !", "Ah, ça me rappelle des souvenirs.", "Tout à fait !", "Et ensuite ?"),
    ),
    Locale(
        (
            ("山本 さくら", "sakura_y"),
            ("森田 健", "ken_morita"),
            ("小林 ゆき", "yuki_k"),
            ("高橋 蓮", "ren_t"),
            ("井上 ひかり", "hikari"),
            ("中村 海", "kai_n"),
        ),
        "散歩と写真と猫が好きです。",
        ("朝ごはん", "散歩", "猫"),
        ("新しいカメラ", "近所の猫", "おばあちゃんの味噌汁", "秋の空", "古い時計"),
        (
            "今日は{thing}に会えた。それだけでいい日。",
            "{thing}のことを考えながら電車に乗っている。",
            "やっぱり{thing}が一番ですね。",
            "{thing}の写真を撮りすぎました😂",
            "誰か{thing}について詳しい人いますか?",
        ),
        ("いいですね!", "わかります。", "素敵です✨", "今度教えてください。"),
    ),
    Locale(
        (
            ("Анна Лебедева", "anna_l"),
            ("Пётр Зимин", "petr_zimin"),
            ("Ольга Рощина", "olga_r"),
            ("Илья Мостовой", "ilya_m"),
            ("Юлия Снег", "yulia_s"),
        ),
        "Чай, шахматы, поезда.",
        ("утро", "чтение", "дача"),
        ("старый самовар", "первый снег", "вечерний поезд", "хороший чай"),
        (
            "Нет ничего лучше, чем {thing}.",
            "Сегодня утром: {thing} и тишина.",
            "Кто-нибудь ещё любит {thing}, или я одна такая?",
            "Ради этого стоит жить: {thing}, друзья и длинный разговор.",
        ),
        ("Как красиво!", "Полностью согласна.", "А что было дальше?", "Ха-ха, точно!"),
    ),
    Locale(
        (
            ("ليلى حداد", "layla_h"),
            ("يوسف النجار", "yousef_n"),
            ("سلمى خوري", "salma_k"),
            ("كريم منصور", "karim_m"),
        ),
        "قهوة وكتب وبحر.",
        ("قهوة", "صباح_الخير", "كتب"),
        ("القهوة", "البحر", "المطر", "الكتاب الجديد"),
        (
            "صباح الخير! لا شيء أجمل من {thing} اليوم.",
            "كلما رأيت {thing} تذكرت بيت جدتي.",
            "هل تحبون {thing} مثلي؟",
            "{thing} والهدوء، وهذا يكفي.",
        ),
        ("جميل جدا!", "أوافقك تماما.", "احكي لنا أكثر!", "😂😂"),
    ),
    Locale(
        (
            ("अनीता शर्मा", "anita_s"),
            ("रोहन मेहता", "rohan_m"),
            ("मीरा जोशी", "meera_j"),
            ("कबीर नायर", "kabir_n"),
        ),
        "चाय, बारिश और पुरानी किताबें।",
        ("चाय", "बारिश", "किताबें"),
        ("गरम चाय", "पहली बारिश", "पुरानी किताब", "माँ की रसोई"),
        (
            "आज की सबसे अच्छी बात: {thing}।",
            "{thing} और थोड़ी सी शांति, और क्या चाहिए?",
            "क्या आपको भी {thing} याद आती है?",
        ),
        ("बहुत सुंदर!", "बिल्कुल सही।", "और बताइए!", "वाह 👏"),
    ),
    Locale(
        (("김하늘", "haneul"), ("박지민", "jimin_p"), ("이서연", "seoyeon"), ("최도윤", "doyun_c")),
        "산책하고 요리하고 음악을 들어요.",
        ("산책", "커피", "주말"),
        ("따뜻한 커피", "비 오는 날", "오래된 골목", "새 책"),
        (
            "오늘은 {thing} 하나로 충분했어요.",
            "역시 {thing} 최고!",
            "여러분은 {thing} 좋아하세요?",
            "{thing} 생각만 하다가 버스를 놓쳤다.",
        ),
        ("정말 좋네요!", "저도요!", "더 알려 주세요.", "ㅎㅎㅎ 맞아요"),
    ),
    Locale(
        (("Ελένη Παππά", "eleni_p"), ("Νίκος Ράλλης", "nikos_r"), ("Δάφνη Μελά", "dafni_m")),
        "Θάλασσα, καφές και ποδήλατο.",
        ("καλημέρα", "θάλασσα", "καφές"),
        ("ένας καφές", "η θάλασσα", "το παλιό λιμάνι", "ένα καλό βιβλίο"),
        (
            "Καλημέρα! Σήμερα μου φτάνει {thing}.",
            "Τίποτα δεν είναι πιο όμορφο από αυτό: {thing}.",
            "Τι ωραία μέρα! {thing}, ήλιος και φίλοι.",
        ),
        ("Ωραία!", "Συμφωνώ απόλυτα.", "Και μετά;", "Πες μας κι άλλα!"),
    ),
    Locale(
        (("陈小雨", "xiaoyu"), ("林海", "linhai"), ("周安然", "anran_z"), ("何一帆", "yifan_h")),
        "喜欢散步、读书和下雨天。",
        ("早上好", "散步", "周末"),
        ("下雨天", "一杯热茶", "这条老街", "外婆的手艺"),
        (
            "没有什么比{thing}更让人开心了。",
            "今天的快乐来自{thing}。",
            "你们也喜欢{thing}吗?",
            "周末计划:{thing},别的都不想。",
        ),
        ("太好了!", "我也是!", "后来呢?", "哈哈哈,说得对"),
    ),
)
