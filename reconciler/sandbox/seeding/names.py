"""Words for an invented install: no name here belongs to a customer of anyone.

Invariants: every country has a name in both languages; the order of the lists is part of what
makes the same seed give the same install.
"""

from __future__ import annotations

COUNTRIES = (
    ("AT", "Austria", "Австрия"),
    ("AU", "Australia", "Австралия"),
    ("BE", "Belgium", "Бельгия"),
    ("BR", "Brazil", "Бразилия"),
    ("CA", "Canada", "Канада"),
    ("CH", "Switzerland", "Швейцария"),
    ("CN", "China", "Китай"),
    ("CY", "Cyprus", "Кипр"),
    ("CZ", "Czechia", "Чехия"),
    ("DE", "Germany", "Германия"),
    ("DK", "Denmark", "Дания"),
    ("EE", "Estonia", "Эстония"),
    ("ES", "Spain", "Испания"),
    ("FI", "Finland", "Финляндия"),
    ("FR", "France", "Франция"),
    ("GB", "United Kingdom", "Великобритания"),
    ("GE", "Georgia", "Грузия"),
    ("GR", "Greece", "Греция"),
    ("HU", "Hungary", "Венгрия"),
    ("IE", "Ireland", "Ирландия"),
    ("IL", "Israel", "Израиль"),
    ("IN", "India", "Индия"),
    ("IT", "Italy", "Италия"),
    ("JP", "Japan", "Япония"),
    ("KZ", "Kazakhstan", "Казахстан"),
    ("LT", "Lithuania", "Литва"),
    ("LU", "Luxembourg", "Люксембург"),
    ("LV", "Latvia", "Латвия"),
    ("NL", "Netherlands", "Нидерланды"),
    ("NO", "Norway", "Норвегия"),
    ("PL", "Poland", "Польша"),
    ("PT", "Portugal", "Португалия"),
    ("RO", "Romania", "Румыния"),
    ("RS", "Serbia", "Сербия"),
    ("RU", "Russia", "Россия"),
    ("SE", "Sweden", "Швеция"),
    ("SG", "Singapore", "Сингапур"),
    ("SI", "Slovenia", "Словения"),
    ("SK", "Slovakia", "Словакия"),
    ("TR", "Turkey", "Турция"),
    ("UA", "Ukraine", "Украина"),
    ("US", "United States", "Соединённые Штаты"),
)
STATES = (
    ("DE", "Bavaria"),
    ("DE", "Berlin"),
    ("DE", "Hesse"),
    ("US", "California"),
    ("US", "New York"),
    ("US", "Texas"),
    ("RU", "Moscow"),
    ("RU", "Tver Region"),
)
# ISO code, name, name in Russian, units for one euro in hundredths.
CURRENCIES = (
    ("EUR", "Euro", "Евро", 100),
    ("USD", "US dollar", "Доллар США", 108),
    ("RUB", "Russian rouble", "Российский рубль", 9250),
    ("GBP", "Pound sterling", "Фунт стерлингов", 86),
)
FIRST = (
    "Amber", "Arctic", "Birch", "Bright", "Cedar", "Copper", "Coral", "Delta", "Dune", "Ember",
    "Falcon", "Fjord", "Harbour", "Hazel", "Indigo", "Juniper", "Lantern", "Linden", "Maple",
    "Marble", "Meadow", "Nimbus", "North", "Opal", "Orchard", "Pebble", "Quartz", "Raven",
    "River", "Saffron", "Silver", "Summit", "Tidal", "Timber", "Velvet", "Willow",
)  # fmt: skip
SECOND = (
    "Analytics", "Bakery", "Bikes", "Books", "Brewing", "Builders", "Ceramics", "Coffee",
    "Design", "Dynamics", "Energy", "Foods", "Furniture", "Games", "Gardens", "Instruments",
    "Labs", "Logistics", "Media", "Music", "Optics", "Outfitters", "Paper", "Photo", "Press",
    "Robotics", "Sailing", "Studio", "Systems", "Textiles", "Tools", "Travel", "Works",
)  # fmt: skip
SUFFIXES = ("GmbH", "Ltd", "LLC", "SARL", "Oy", "BV", "s.r.o.", "AB")
GIVEN = (
    "Anna", "Boris", "Clara", "David", "Elena", "Felix", "Greta", "Hugo", "Irina", "Jonas",
    "Katja", "Leon", "Maria", "Nils", "Olga", "Pavel", "Rosa", "Stefan", "Tessa", "Viktor",
)  # fmt: skip
FAMILY = (
    "Adler", "Berg", "Costa", "Dahl", "Eriksen", "Fischer", "Grau", "Holm", "Ivanova", "Jansen",
    "Keller", "Lund", "Moreau", "Novak", "Olsen", "Petrov", "Rossi", "Santos", "Toth", "Weber",
)  # fmt: skip
STAFF = ("Nora Lindqvist", "Oleg Sidorov", "Paula Reyes", "Tom Archer")
MONTHS = (
    ("01", "January", "января"),
    ("02", "February", "февраля"),
    ("03", "March", "марта"),
    ("04", "April", "апреля"),
    ("05", "May", "мая"),
    ("06", "June", "июня"),
    ("07", "July", "июля"),
    ("08", "August", "августа"),
    ("09", "September", "сентября"),
    ("10", "October", "октября"),
    ("11", "November", "ноября"),
    ("12", "December", "декабря"),
)
SHORT_MONTHS = (
    ("01", "Jan", "янв"),
    ("02", "Feb", "фев"),
    ("03", "Mar", "мар"),
    ("04", "Apr", "апр"),
    ("05", "May", "май"),
    ("06", "Jun", "июн"),
    ("07", "Jul", "июл"),
    ("08", "Aug", "авг"),
    ("09", "Sep", "сен"),
    ("10", "Oct", "окт"),
    ("11", "Nov", "ноя"),
    ("12", "Dec", "дек"),
)
