//! Made-up names, as frequent as in life: a few surnames and given characters make up most of them.
//!
//! Characters of one sound stand together, written down by hand and not by the program under test.

use crate::sim::chance::Chance;

/// Surnames and how many of a thousand people bear them; the rest share those of the last line.
const SURNAMES: [(&str, usize); 24] = [
    ("王", 72),
    ("李", 72),
    ("张", 68),
    ("刘", 54),
    ("陈", 45),
    ("杨", 31),
    ("黄", 22),
    ("赵", 20),
    ("吴", 20),
    ("周", 19),
    ("徐", 14),
    ("孙", 13),
    ("马", 13),
    ("朱", 12),
    ("胡", 12),
    ("林", 11),
    ("郭", 11),
    ("何", 11),
    ("高", 10),
    ("罗", 9),
    ("郑", 9),
    ("梁", 8),
    ("谢", 8),
    ("宋", 7),
];
const RARE_SURNAMES: [&str; 40] = [
    "唐", "许", "邓", "冯", "韩", "曹", "曾", "彭", "萧", "蔡", "潘", "田", "董", "袁", "于", "余", "叶",
    "蒋", "杜", "苏", "魏", "程", "吕", "丁", "沈", "任", "姚", "卢", "傅", "钟", "姜", "崔", "谭", "廖",
    "范", "汪", "陆", "金", "石", "戴",
];
/// Surnames of one sound.
const SURNAMES_ALIKE: [&str; 14] = [
    "王汪",
    "李黎",
    "张章",
    "刘柳",
    "陈谌",
    "杨阳",
    "吴伍",
    "徐许",
    "朱祝",
    "余于俞",
    "江姜",
    "萧肖",
    "魏卫",
    "石时",
];
/// Given characters of one sound, the most usual first.
const GIVEN: [&str; 64] = [
    "伟玮炜苇",
    "芳方坊",
    "秀绣岫",
    "敏闽皿",
    "静靖净婧",
    "丽莉利俐",
    "强蔷",
    "磊蕾垒",
    "军君均钧",
    "洋扬阳杨",
    "勇咏永",
    "艳燕雁彦",
    "杰洁捷",
    "娟鹃涓",
    "涛滔韬",
    "明铭鸣",
    "兰岚澜",
    "霞遐暇",
    "平萍苹",
    "刚钢纲",
    "桂贵",
    "英瑛樱",
    "华桦骅",
    "玉钰裕",
    "文雯纹",
    "辉晖徽",
    "红虹鸿宏",
    "建健剑",
    "志智致",
    "云芸耘",
    "春椿",
    "梅玫枚",
    "琳林霖",
    "飞菲妃",
    "峰锋丰枫",
    "鹏朋",
    "宇雨羽禹",
    "晨辰",
    "浩皓昊",
    "佳嘉家",
    "欣新馨鑫",
    "怡宜仪",
    "晓小筱",
    "俊骏峻",
    "博伯勃",
    "成诚城",
    "国帼",
    "海",
    "龙隆",
    "生声升",
    "金今津",
    "珍真贞",
    "凤奉",
    "清青卿",
    "义艺益",
    "德",
    "福富",
    "学",
    "忠中钟",
    "良粮",
    "荣容蓉",
    "祥翔",
    "兴星",
    "正政",
];
/// Parts of names in the way of the Uyghur: given name, then the father's.
const PARTS: [&str; 24] = [
    "阿卜杜拉",
    "买买提",
    "古丽",
    "艾山",
    "吐尔逊",
    "玉素甫",
    "热依木",
    "阿依努尔",
    "帕提古丽",
    "托合提",
    "艾力",
    "库尔班",
    "麦尔丹",
    "阿迪力",
    "依明",
    "努尔买买提",
    "吐逊江",
    "赛买提",
    "肉孜",
    "阿布都热合曼",
    "木合塔尔",
    "祖丽胡玛尔",
    "如先古丽",
    "伊力亚斯",
];
/// What people type between the parts.
const SEPARATORS: [&str; 9] = ["·", "•", "．", ".", "・", "‧", " ", "　", ""];

/// A name of two or three characters.
pub(crate) fn han(chance: &mut Chance) -> String {
    let mut name = surname(chance).to_owned();
    for _ in 0..if chance.percent(17) { 1 } else { 2 } {
        name.push(given(chance));
    }
    name
}

/// A name of two parts, with the separator that the rules ask for.
pub(crate) fn of_parts(chance: &mut Chance) -> String {
    let (one, other) = (chance.below(PARTS.len()), chance.below(PARTS.len()));
    format!("{}·{}", PARTS[one], PARTS[other])
}

/// The same name with something else between its parts.
pub(crate) fn separated(name: &str, chance: &mut Chance) -> String {
    name.replace('·', SEPARATORS[1 + chance.below(SEPARATORS.len() - 1)])
}

/// The same name with one other character of the same sound; `None` when none is known.
pub(crate) fn homophone(name: &str, chance: &mut Chance) -> Option<String> {
    let characters: Vec<char> = name.chars().collect();
    let others: Vec<(usize, char)> = characters
        .iter()
        .enumerate()
        .flat_map(|(at, own)| {
            let groups: &[&str] = if at == 0 { &SURNAMES_ALIKE } else { &GIVEN };
            let group = groups.iter().find(|group| group.contains(*own)).copied().unwrap_or_default();
            group.chars().filter(move |other| other != own).map(move |other| (at, other))
        })
        .collect();
    let (at, other) = chance.pick(&others)?;
    Some(characters.iter().enumerate().map(|(here, own)| if here == at { other } else { *own }).collect())
}

fn surname(chance: &mut Chance) -> &'static str {
    let mut left = chance.below(1_000);
    for (surname, share) in SURNAMES {
        if left < share {
            return surname;
        }
        left -= share;
    }
    RARE_SURNAMES[chance.below(RARE_SURNAMES.len())]
}

/// The smaller of two places in the list: the first are the most usual.
fn given(chance: &mut Chance) -> char {
    let group = GIVEN[chance.below(GIVEN.len()).min(chance.below(GIVEN.len()))];
    let count = group.chars().count();
    group.chars().nth(chance.below(count).min(chance.below(count))).unwrap_or('明')
}
