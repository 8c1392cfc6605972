//! What the simulated shops sell: some sixty groceries without brands, with in-store GTINs, prices in cents and weights as they
//! come out of the scale, package and all. Several pairs weigh almost the same: a scale alone cannot tell them apart.

use super::{Article, Look, Shape};

/// Sold at the reduced or the standard tax.
#[derive(Clone, Copy)]
enum Tax {
    Reduced,
    Standard,
}
use Shape::{Bag, Bottle, Can, Carton};
use Tax::{Reduced, Standard};

/// A line of the list: name, cents, tax, gross grams, shape (mm), ground and accent colour, design.
type Line = (&'static str, i64, Tax, f64, Shape, [u8; 3], [u8; 3], u8);

/// First number of the in-store range (GTIN-13 beginning with 2 is free for a shop's own use), without its check digit.
const FIRST_NUMBER: u64 = 200_000_010_000;

/// Steps between two numbers, so that neighbours on the list do not differ by one digit only.
const NUMBER_STEP: u64 = 37;

/// Completes twelve digits to a GTIN-13.
pub fn gtin13(twelve: u64) -> String {
    let digits = format!("{twelve:012}");
    let sum: u32 = digits.bytes().enumerate().map(|(i, d)| u32::from(d - b'0') * if i % 2 == 0 { 1 } else { 3 }).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// The groceries, by category.
pub fn articles() -> Vec<Article> {
    let mut articles = Vec::new();
    for (category, lines) in CATEGORIES {
        for &(name, price_minor, tax, grams, shape, ground, accent, design) in *lines {
            let words = name.split(' ').next().unwrap_or(name).to_uppercase();
            articles.push(Article {
                sku: gtin13(FIRST_NUMBER + NUMBER_STEP * articles.len() as u64),
                name: name.to_string(),
                category: (*category).to_string(),
                price_minor,
                tax: if matches!(tax, Reduced) { "reduced" } else { "standard" }.to_string(),
                weight_mg: (grams * 1000.0) as i64,
                shape,
                look: Look { ground, accent, design, words },
            });
        }
    }
    articles
}

/// Colours are muted: what shouts is taken for people by a detector that never saw this shop.
const CATEGORIES: &[(&str, &[Line])] = &[
    ("drinks", DRINKS),
    ("breakfast", BREAKFAST),
    ("pantry", PANTRY),
    ("tins", TINS),
    ("snacks", SNACKS),
    ("sweets", SWEETS),
    ("chilled", CHILLED),
    ("household", HOUSEHOLD),
    ("bakery", BAKERY),
];

const DRINKS: &[Line] = &[
    ("Cola 0.5 l", 119, Standard, 541.0, Bottle([66.0, 232.0]), [74, 48, 42], [168, 92, 84], 1),
    ("Orange lemonade 0.5 l", 119, Standard, 543.5, Bottle([66.0, 232.0]), [176, 128, 78], [206, 196, 172], 1),
    ("Still water 0.75 l", 79, Standard, 776.0, Bottle([74.0, 262.0]), [158, 176, 186], [96, 122, 148], 0),
    ("Sparkling water 0.75 l", 79, Standard, 779.0, Bottle([74.0, 262.0]), [140, 166, 168], [70, 104, 112], 0),
    ("Apple juice 1 l", 189, Standard, 1082.0, Carton([72.0, 72.0, 236.0]), [150, 164, 104], [206, 202, 180], 2),
    ("Orange juice 1 l", 229, Standard, 1086.0, Carton([72.0, 72.0, 236.0]), [188, 146, 88], [212, 206, 186], 2),
    ("Iced tea peach 0.5 l", 139, Standard, 538.0, Bottle([66.0, 220.0]), [168, 134, 96], [196, 168, 140], 3),
    ("Energy drink 0.25 l", 149, Standard, 272.0, Can([53.0, 134.0]), [86, 96, 112], [156, 150, 96], 3),
    ("Ginger ale 0.33 l", 129, Standard, 352.0, Can([58.0, 146.0]), [154, 144, 98], [108, 112, 82], 0),
];

const BREAKFAST: &[Line] = &[
    ("Fruit muesli 500 g", 329, Reduced, 538.0, Carton([140.0, 65.0, 220.0]), [160, 130, 100], [208, 196, 172], 0),
    ("Oat flakes 500 g", 99, Reduced, 524.0, Bag([130.0, 70.0, 200.0]), [186, 172, 142], [112, 98, 80], 1),
    ("Corn flakes 375 g", 249, Reduced, 441.0, Carton([190.0, 60.0, 270.0]), [186, 164, 108], [126, 116, 82], 2),
    ("Blossom honey 500 g", 499, Reduced, 742.0, Can([78.0, 108.0]), [178, 134, 68], [202, 184, 136], 0),
    ("Strawberry jam 340 g", 229, Reduced, 541.0, Can([70.0, 104.0]), [146, 84, 82], [202, 192, 180], 1),
    ("Apricot jam 340 g", 229, Reduced, 543.0, Can([70.0, 104.0]), [184, 140, 88], [202, 192, 180], 1),
    ("Ground coffee 500 g", 649, Reduced, 512.0, Carton([95.0, 65.0, 160.0]), [88, 70, 62], [168, 148, 112], 3),
    ("Black tea 25 bags", 199, Reduced, 68.0, Carton([130.0, 70.0, 75.0]), [118, 96, 84], [192, 176, 136], 0),
    ("Peppermint tea 25 bags", 179, Reduced, 66.0, Carton([130.0, 70.0, 75.0]), [112, 140, 118], [200, 204, 186], 0),
];

const PANTRY: &[Line] = &[
    ("Long grain rice 1 kg", 219, Reduced, 1011.0, Bag([120.0, 70.0, 210.0]), [178, 176, 164], [96, 112, 136], 0),
    ("Spaghetti 500 g", 119, Reduced, 509.0, Bag([75.0, 45.0, 270.0]), [186, 170, 118], [104, 112, 136], 1),
    ("Penne 500 g", 119, Reduced, 511.0, Bag([140.0, 80.0, 210.0]), [186, 168, 112], [138, 96, 84], 1),
    ("Wheat flour 1 kg", 89, Reduced, 1009.0, Carton([105.0, 70.0, 170.0]), [190, 186, 176], [130, 112, 90], 2),
    ("Sugar 1 kg", 129, Reduced, 1013.0, Carton([105.0, 65.0, 160.0]), [184, 188, 192], [96, 108, 140], 3),
    ("Table salt 500 g", 49, Reduced, 516.0, Carton([85.0, 55.0, 130.0]), [150, 164, 180], [206, 208, 208], 0),
    ("Olive oil 0.5 l", 799, Reduced, 902.0, Bottle([68.0, 270.0]), [104, 112, 76], [176, 168, 118], 2),
    ("Red lentils 500 g", 229, Reduced, 513.0, Bag([125.0, 60.0, 180.0]), [172, 122, 92], [204, 192, 164], 0),
];

const TINS: &[Line] = &[
    ("Chopped tomatoes 400 g", 109, Reduced, 457.0, Can([75.0, 110.0]), [152, 88, 78], [186, 182, 150], 0),
    ("Kidney beans 400 g", 119, Reduced, 459.0, Can([75.0, 110.0]), [118, 74, 78], [182, 168, 144], 0),
    ("Sweet corn 285 g", 129, Reduced, 344.0, Can([67.0, 100.0]), [186, 164, 96], [106, 124, 88], 1),
    ("Chickpeas 400 g", 119, Reduced, 461.0, Can([75.0, 110.0]), [182, 164, 128], [112, 104, 86], 2),
    ("Tuna in water 185 g", 219, Reduced, 214.0, Can([85.0, 45.0]), [112, 134, 156], [198, 202, 202], 3),
    ("Tomato passata 700 g", 149, Reduced, 1066.0, Bottle([80.0, 235.0]), [148, 80, 68], [190, 180, 156], 3),
    ("Gherkins 670 g", 179, Reduced, 938.0, Can([90.0, 148.0]), [116, 132, 92], [190, 188, 160], 1),
];

const SNACKS: &[Line] = &[
    ("Salted crisps 175 g", 189, Reduced, 186.0, Bag([180.0, 80.0, 270.0]), [176, 162, 118], [122, 92, 82], 0),
    ("Paprika crisps 175 g", 189, Reduced, 187.0, Bag([180.0, 80.0, 270.0]), [164, 108, 84], [190, 178, 136], 0),
    ("Salted peanuts 250 g", 249, Reduced, 262.0, Can([80.0, 90.0]), [108, 118, 142], [186, 172, 124], 1),
    ("Cashew nuts 150 g", 349, Reduced, 159.0, Bag([120.0, 50.0, 180.0]), [158, 146, 122], [98, 106, 88], 2),
    ("Pretzel sticks 250 g", 129, Reduced, 268.0, Carton([85.0, 60.0, 180.0]), [150, 118, 84], [196, 186, 158], 3),
    ("Rice crackers 125 g", 199, Reduced, 134.0, Bag([140.0, 60.0, 200.0]), [142, 152, 136], [188, 176, 150], 1),
    ("Trail mix 200 g", 279, Reduced, 209.0, Bag([120.0, 50.0, 180.0]), [122, 104, 84], [176, 164, 128], 2),
];

const SWEETS: &[Line] = &[
    ("Milk chocolate 100 g", 139, Reduced, 104.0, Carton([80.0, 20.0, 160.0]), [122, 100, 128], [192, 184, 172], 0),
    ("Dark chocolate 100 g", 159, Reduced, 104.6, Carton([80.0, 20.0, 160.0]), [84, 68, 66], [176, 156, 120], 0),
    ("Butter cookies 200 g", 169, Reduced, 218.0, Carton([65.0, 60.0, 200.0]), [172, 150, 106], [96, 108, 134], 1),
    ("Wafers hazelnut 175 g", 149, Reduced, 188.0, Carton([90.0, 50.0, 170.0]), [146, 112, 82], [196, 186, 156], 2),
    ("Fruit gums 200 g", 119, Reduced, 208.0, Bag([130.0, 40.0, 190.0]), [132, 142, 106], [180, 130, 116], 3),
    ("Liquorice 200 g", 129, Reduced, 206.0, Bag([130.0, 40.0, 190.0]), [88, 92, 98], [178, 168, 142], 3),
    ("Muesli bar 6 pack", 219, Reduced, 164.0, Carton([140.0, 35.0, 110.0]), [148, 136, 96], [198, 188, 164], 1),
];

const CHILLED: &[Line] = &[
    ("Whole milk 1 l", 129, Reduced, 1061.0, Carton([72.0, 72.0, 230.0]), [164, 174, 188], [82, 104, 142], 0),
    ("Low fat milk 1 l", 119, Reduced, 1063.0, Carton([72.0, 72.0, 230.0]), [172, 186, 190], [120, 152, 166], 0),
    ("Natural yoghurt 500 g", 119, Reduced, 517.0, Can([95.0, 115.0]), [186, 188, 186], [116, 138, 156], 1),
    ("Berry yoghurt 500 g", 149, Reduced, 519.0, Can([95.0, 115.0]), [158, 118, 134], [194, 188, 190], 1),
    ("Butter 250 g", 239, Reduced, 253.0, Carton([100.0, 75.0, 40.0]), [188, 178, 134], [112, 126, 96], 2),
    ("Sliced gouda 200 g", 249, Reduced, 221.0, Carton([120.0, 22.0, 170.0]), [188, 158, 98], [156, 92, 84], 3),
    ("Whipping cream 200 g", 109, Reduced, 213.0, Can([62.0, 96.0]), [176, 178, 186], [112, 108, 140], 0),
    ("Hummus 200 g", 199, Reduced, 216.0, Can([105.0, 55.0]), [178, 160, 124], [114, 124, 88], 2),
    ("Chocolate pudding 4 pack", 189, Reduced, 528.0, Carton([130.0, 130.0, 70.0]), [102, 80, 74], [184, 172, 152], 1),
];

const HOUSEHOLD: &[Line] = &[
    ("Hand soap 300 ml", 149, Standard, 352.0, Bottle([70.0, 180.0]), [150, 164, 158], [112, 140, 132], 0),
    ("Washing-up liquid 500 ml", 129, Standard, 548.0, Bottle([80.0, 230.0]), [124, 150, 122], [196, 194, 164], 1),
    ("Toothpaste 75 ml", 119, Standard, 103.0, Carton([190.0, 35.0, 45.0]), [160, 174, 186], [152, 100, 100], 2),
    ("Tissues 100", 99, Standard, 158.0, Carton([120.0, 120.0, 90.0]), [160, 152, 172], [206, 202, 208], 3),
    ("Dishwasher tablets 40", 599, Standard, 742.0, Bag([170.0, 70.0, 220.0]), [106, 122, 148], [184, 176, 120], 0),
    ("Sponge 3 pack", 99, Standard, 34.0, Carton([95.0, 80.0, 75.0]), [172, 160, 104], [104, 122, 100], 1),
    ("Shampoo 250 ml", 249, Standard, 289.0, Bottle([64.0, 190.0]), [128, 118, 146], [196, 190, 202], 2),
];

const BAKERY: &[Line] = &[
    ("Toast bread 500 g", 149, Reduced, 507.0, Bag([120.0, 120.0, 220.0]), [182, 158, 116], [150, 96, 84], 0),
    ("Wholegrain bread 500 g", 199, Reduced, 506.0, Carton([110.0, 100.0, 110.0]), [124, 100, 78], [178, 168, 132], 1),
    ("Crispbread 250 g", 159, Reduced, 264.0, Carton([130.0, 60.0, 210.0]), [168, 148, 114], [112, 92, 74], 2),
    ("Burger buns 6 pack", 179, Reduced, 318.0, Bag([190.0, 120.0, 130.0]), [178, 150, 104], [188, 180, 160], 3),
    ("Lemon cake 400 g", 229, Reduced, 421.0, Carton([90.0, 90.0, 200.0]), [186, 172, 112], [126, 132, 96], 0),
];
