/**
 * The server's limits on what people write, in Unicode characters. tests/cadeau/test_client_limits.py compares them
 * with the server's own constants.
 */
export const NAME_CHARS_MAX = 40
export const BIO_CHARS_MAX = 200
export const TITLE_CHARS_MAX = 100
export const CAPTION_CHARS_MAX = 500
export const COMMENT_CHARS_MAX = 500
export const COLLECTION_NAME_CHARS_MAX = 60
export const REPORT_TEXT_CHARS_MAX = 1000
export const SOUND_TITLE_CHARS_MAX = 100
export const CHAT_TEXT_CHARS_MAX = 300
export const QUERY_CHARS_MAX = 200
export const REFUND_NOTE_CHARS_MAX = 500
export const SIGNAL_NOTE_CHARS_MAX = 500
export const LEGAL_NAME_CHARS_MAX = 140
export const TAX_LINE_CHARS_MAX = 140
export const TAX_NUMBER_CHARS_MAX = 30
export const POSTCODE_CHARS_MAX = 20
export const HOLDER_CHARS_MAX = 70
export const DETAILS_CHARS_MAX = 200
export const REASON_CHARS_MAX = 200
export const BILLING_NAME_CHARS_MAX = 100
export const ADDRESS_CHARS_MAX = 300
export const VAT_NUMBER_CHARS_MAX = 20
export const VAT_NOTE_CHARS_MAX = 500
export const FUND_NOTE_CHARS_MAX = 200
export const DISPUTE_CHARS_MAX = 1000
export const ORIGINALITY_NOTE_CHARS_MAX = 500
export const EXCHANGE_CHARS_MAX = 200
export const SPONSOR_CHARS_MAX = 80
export const CAMPAIGN_NAME_CHARS_MAX = 80
export const GOAL_TEXT_CHARS_MAX = 100
export const CONSENT_CODE_CHARS_MAX = 40
export const EFFECT_NAME_CHARS_MAX = 30
export const AD_TEXT_CHARS_MAX = 100
export const AD_NOTE_CHARS_MAX = 500
export const DECISION_REASON_CHARS_MAX = 2000
export const BREACH_TEXT_CHARS_MAX = 4000
export const MACHINE_WORDS_CHARS_MAX = 60
export const FILTER_WORDS_CHARS_MAX = 60
export const APPEAL_CHARS_MAX = 2000
export const NOTICE_ADDRESS_CHARS_MAX = 500
export const NOTICE_NAME_CHARS_MAX = 140
export const NOTICE_WHY_CHARS_MAX = 4000
export const ORDER_LINE_CHARS_MAX = 200
export const ORDER_TEXT_CHARS_MAX = 4000
export const ORDER_WEEKS_MAX = 6
export const AD_QUERY_CHARS_MAX = 100
export const EMAIL_CHARS_MAX = 254
export const CHALLENGE_TITLE_CHARS_MAX = 80
export const CHALLENGE_RULES_CHARS_MAX = 2000
export const CHALLENGE_TAG_CHARS_MAX = 40
export const CHALLENGE_BECAUSE_CHARS_MAX = 500
export const SELLER_NAME_CHARS_MAX = 100
export const SELLER_ADDRESS_CHARS_MAX = 300
export const SELLER_REGISTER_CHARS_MAX = 100
export const SELLER_CONTACT_CHARS_MAX = 100
export const SELLER_REASON_CHARS_MAX = 300
export const PRODUCT_TITLE_CHARS_MAX = 120
export const DESCRIPTION_CHARS_MAX = 5000
export const VARIANT_NAME_CHARS_MAX = 60
export const ZONE_NAME_CHARS_MAX = 50
export const ADDRESS_LINE_CHARS_MAX = 100
export const COUPON_CODE_CHARS_MAX = 30
export const REVIEW_CHARS_MAX = 2000
export const ANSWER_CHARS_MAX = 1000
export const CARRIER_CHARS_MAX = 60
export const TRACKING_CHARS_MAX = 100
export const PAYMENT_REFERENCE_CHARS_MAX = 100
export const HANDLE_CHARS_MIN = 3
export const HANDLE_CHARS_MAX = 24
export const PASSWORD_CHARS_MIN = 8
export const PASSWORD_CHARS_MAX = 256

/** How many characters the server counts. A string's own length counts most emoji twice. */
export const charsIn = (text: string): number => [...text].length

/** What a person typed as a handle, as the server knows it. */
export const tidyHandle = (typed: string): string => typed.trim().toLowerCase().replace(/^@/, '')

const HANDLE = new RegExp(`^[a-z][a-z0-9_.]{${HANDLE_CHARS_MIN - 1},${HANDLE_CHARS_MAX - 1}}$`)
export const isHandle = (handle: string): boolean => HANDLE.test(handle)
