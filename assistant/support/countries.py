"""Countries and their people, by all their names."""

from __future__ import annotations

import re
from functools import cache

# A country's names, its people's, and what belongs to it.
COUNTRIES = """
usa us america american americans|uk britain british briton britons|england english|france french|germany german germans
spain spanish spaniard spaniards|portugal portuguese|italy italian italians|netherlands dutch holland|belgium belgian
switzerland swiss|austria austrian austrians|denmark danish dane danes|sweden swedish swede swedes|norway norwegian
finland finnish finn finns|iceland icelandic|ireland irish|scotland scottish scots|wales welsh|poland polish pole poles
czechia czech|slovakia slovak slovakian|hungary hungarian|romania romanian|bulgaria bulgarian|greece greek greeks
turkey turkish turk turks türkiye|cyprus cypriot|russia russian russians|ukraine ukrainian|belarus belarusian
georgia georgian|armenia armenian|azerbaijan azerbaijani|kazakhstan kazakh|china chinese|japan japanese|india indian
pakistan pakistani|bangladesh bangladeshi|afghanistan afghan|iran iranian|iraq iraqi|israel israeli israelis|syria syrian
lebanon lebanese|jordan jordanian|egypt egyptian|libya libyan|tunisia tunisian|algeria algerian|morocco moroccan
sudan sudanese|ethiopia ethiopian|kenya kenyan|somalia somali|nigeria nigerian|ghana ghanaian|senegal senegalese
congo congolese|australia australian|canada canadian|mexico mexican|brazil brazilian|argentina argentine argentinian
chile chilean|peru peruvian|colombia colombian|venezuela venezuelan|ecuador ecuadorian|bolivia bolivian|uruguay uruguayan
cuba cuban|haiti haitian|vietnam vietnamese|thailand thai|malaysia malaysian|indonesia indonesian|philippines philippine
filipino filipinos|singapore singaporean|taiwan taiwanese|korea korean koreans|mongolia mongolian|nepal nepalese nepali
yemen yemeni|qatar qatari|oman omani|kuwait kuwaiti|serbia serbian serb serbs|croatia croatian croat|bosnia bosnian
slovenia slovenian slovene|albania albanian|macedonia macedonian|kosovo kosovar|estonia estonian|latvia latvian
lithuania lithuanian|moldova moldovan|europe european|asia asian|africa african|zealand zealander|eu
palestine palestinian palestinians gaza|myanmar burma burmese|cambodia cambodian|laos laotian|zimbabwe zimbabwean
uganda ugandan|tanzania tanzanian|rwanda rwandan|angola angolan|zambia zambian|mozambique mozambican|mali malian
"""


@cache
def _countries() -> dict[str, str]:
    groups = re.split(r"[|\n]", COUNTRIES.strip())
    return {form: group.split()[0] for group in groups for form in group.split()}


@cache
def country(word: str) -> str | None:
    """The country that a word names or belongs to: Russia for Russian, the USA for U.S."""
    return _countries().get(word.replace(".", ""))
