#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes members.csv: invented members of the programme in recarga.yaml.

    make_members.py [--seed 2026] [--count 3000] [--known 40] > members.csv

Every member has a card: an EAN-13 with prefix 29, or a 16-digit stripe number
with prefix 90765555 (neither is an assigned range). The first KNOWN are also
known by CPF and phone; each of those costs the central two Argon2id hashes when
it publishes, so the number is kept small. The same seed gives the same file.

Nobody here exists: names are common first names, CPFs and mobiles are random
numbers with right check digits. Never dial, message or submit them.

The first rows are fixed, so that a text can name them.
"""
import argparse
import csv
import random
import sys

# card, cpf, phone, first name, segment, tier, balance
FIXED = [
    ("9076555575248227", "52998224725", "+5511961234567", "Marina", "A", "Ouro", 1840),
    ("2985672409536", "28401577640", "+5598946650615", "João", "B", "Prata", 620),
    ("9076555562529084", "74441615426", "+5582968733633", "Célia", "C", "Bronze", 95),
    ("2987936341408", "21980240558", "+5521980240559", "Iara", "C", "Bronze", 210),
    ("9076555554352479", "30574018999", "+5595918641838", "Otávio", "D", "", -12),
]

NAMES = """Ana Maria Beatriz Camila Carla Cecília Clara Débora Eduarda Elaine Fernanda
Gabriela Helena Inês Isabela Jaqueline Joana Júlia Larissa Letícia Luana Luciana
Luiza Manuela Márcia Mariana Mônica Natália Patrícia Priscila Rafaela Renata Rosana
Sabrina Sílvia Sônia Tatiane Teresa Valéria Vanessa Vera Vitória Adriano Alexandre
André Antônio Artur Bruno Caio Carlos César Cláudio Daniel Davi Diego Edson Eduardo
Fábio Felipe Fernando Flávio Francisco Gabriel Guilherme Gustavo Heitor Henrique
Hugo Igor Ivan Jorge José Leandro Leonardo Lucas Luís Marcelo Márcio Marcos Mateus
Maurício Miguel Murilo Nelson Otávio Paulo Pedro Rafael Raul Renato Ricardo Roberto
Rodrigo Samuel Sérgio Thiago Tomás Vicente Vinícius Vítor Wagner Wesley""".split()

AREA_CODES = [11, 12, 19, 21, 24, 27, 31, 34, 41, 43, 47, 48, 51, 54, 61, 62, 65, 67,
              71, 75, 81, 82, 83, 84, 85, 86, 91, 92, 98]

# A small part is most of the value; the greater part is nothing special.
SEGMENTS = [("A", 5), ("B", 15), ("C", 65), ("D", 15)]
BALANCE = {"A": (800, 6000), "B": (100, 1500), "C": (0, 400), "D": (-50, 60)}
TIER = {"A": "Ouro", "B": "Prata", "C": "Bronze", "D": ""}
BALANCE_DATE = "2026-10-31"


def gtin_digit(body):
    total = sum(int(c) * (3 if i % 2 == 0 else 1) for i, c in enumerate(reversed(body)))
    return str(-total % 10)


def luhn_digit(body):
    total = 0
    for i, c in enumerate(reversed(body)):
        twice = int(c) * 2 if i % 2 == 0 else int(c)
        total += twice - 9 if twice > 9 else twice
    return str(-total % 10)


def cpf_of(body):
    for _ in range(2):
        total = sum(int(c) * (len(body) + 1 - i) for i, c in enumerate(body))
        rest = total % 11
        body += "0" if rest < 2 else str(11 - rest)
    return body


def digits(rng, count):
    return "".join(rng.choice("0123456789") for _ in range(count))


def card(rng):
    if rng.random() < 0.5:
        body = "29" + digits(rng, 10)
        return body + gtin_digit(body)
    body = "90765555" + digits(rng, 7)
    return body + luhn_digit(body)


def invented(rng, known):
    segment = rng.choices([s for s, _ in SEGMENTS], [w for _, w in SEGMENTS])[0]
    cpf = cpf_of(digits(rng, 9)) if known else ""
    phone = "+55%d9%s" % (rng.choice(AREA_CODES), digits(rng, 8)) if known else ""
    low, high = BALANCE[segment]
    return (card(rng), cpf, phone, rng.choice(NAMES), segment, TIER[segment],
            rng.randint(low, high))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--known", type=int, default=40)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    rows = list(FIXED)[:options.count]
    taken = {value for row in rows for value in row[:3]}
    while len(rows) < options.count:
        row = invented(rng, len(rows) < options.known)
        if not taken.intersection(v for v in row[:3] if v):
            taken.update(v for v in row[:3] if v)
            rows.append(row)
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["card", "cpf", "phone", "first_name", "segment", "tier", "balance",
                  "balance_date"])
    out.writerows(row + (BALANCE_DATE,) for row in rows)


if __name__ == "__main__":
    main()
