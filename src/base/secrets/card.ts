/** Numbers of the large networks: Visa, Mastercard, American Express, Discover, JCB, by their first digits and their length. */
const CARDS =
  /(?<![0-9A-Za-z])(?<!\d[.,-])(?:(?:4\d{3}|5[1-5]\d{2}|2(?:22[1-9]|2[3-9]\d|[3-6]\d{2}|7[01]\d|720)|6(?:011|5\d{2}|4[4-9]\d)|35(?:2[89]|[3-8]\d))([ -]?)\d{4}\1\d{4}\1\d{4}|3[47]\d{2}([ -]?)\d{6}\2\d{5})(?![0-9A-Za-z])(?![._-][0-9A-Za-z])/g;

/** Hides numbers of cards: those of the right beginning, length and check digit, whole or in groups. */
export function hideCards(text: string, instead: string): string {
  return text.replace(CARDS, number => (hasCheckDigit(number) ? instead : number));
}

/** Luhn's sum over the digits: one digit wrong and it is another. */
export function hasCheckDigit(number: string): boolean {
  let sum = 0;
  let isDoubled = false;
  for (let i = number.length - 1; i >= 0; i--) {
    const digit = number.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) continue;
    const value = isDoubled ? digit * 2 : digit;
    sum += value > 9 ? value - 9 : value;
    isDoubled = !isDoubled;
  }
  return sum % 10 === 0;
}
