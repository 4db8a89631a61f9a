/* SPDX-License-Identifier: MIT */
#include "ui/words_tables.h"

const char *const words_en[W_COUNT] = {
    [W_NONE] = "",

    /* keys */
    [W_KEY_F1] = "F1",
    [W_KEY_F2] = "F2",
    [W_KEY_F3] = "F3",
    [W_KEY_F4] = "F4",
    [W_KEY_F5] = "F5",
    [W_KEY_F6] = "F6",
    [W_KEY_F7] = "F7",
    [W_KEY_F8] = "F8",
    [W_KEY_F10] = "F10",
    [W_KEY_ENTER] = "Enter",
    [W_KEY_ESC] = "Esc",
    [W_KEY_UP_DOWN] = "↑↓",
    [W_KEY_DELETE] = "Del",
    [W_KEY_TAB] = "Tab",
    [W_KEY_DIGITS] = "1–9",

    /* what a key does */
    [W_NAV_CONFIRM] = "Confirm",
    [W_NAV_BACK] = "Back",
    [W_NAV_CANCEL] = "Cancel",
    [W_NAV_YES] = "Yes",
    [W_NAV_NO] = "No",
    [W_NAV_HELP] = "Help",
    [W_NAV_CHOOSE] = "Choose",
    [W_NAV_CPF] = "CPF",
    [W_NAV_PHONE] = "Mobile",
    [W_SALE_NEW] = "New sale",
    [W_SALE_FINISH] = "Finish",
    [W_SALE_QTY] = "Quantity",
    [W_SALE_REMOVE_ITEM] = "Delete item",
    [W_SALE_CANCEL] = "Cancel sale",
    [W_SALE_LAST] = "Last sales",
    [W_MEMBER_REMOVE] = "Drop customer",
    [W_MEMBER_NEW] = "Enrol",
    [W_TOPUP_KEY] = "Top-up",
    [W_TOPUP_OWN] = "Own number",
    [W_VOID_KEY] = "Reverse",
    [W_CLERK_SWITCH] = "Change clerk",
    [W_CLERK_CODE_KEY] = "Code",
    [W_CASH_OPEN_KEY] = "Open till",
    [W_CASH_CLOSE_KEY] = "Close till",
    [W_APP_QUIT] = "Quit",

    /* titles and labels */
    [W_EARNER_MEMBER] = "Customer",
    [W_EARNER_CLERK] = "Clerk",
    [W_EARNER_STORE] = "Store",
    [W_MEMBER_TITLE] = "Customer",
    [W_MEMBER_NONE] = "No customer",
    [W_MEMBER_BALANCE] = "Points balance",
    [W_MEMBER_LOOKING] = "Looking up…",
    [W_MEMBER_NOT_HERE] = "Not on file here",
    [W_MEMBER_EARNS] = "This sale earns",
    [W_MEMBER_EARNED] = "Earned",
    [W_SALE_TITLE] = "Sale",
    [W_SALE_UNSAVED_TITLE] = "Sale not recorded",
    [W_SALE_PRICE] = "Price",
    [W_SALE_QTY_FIELD] = "Quantity",
    [W_SALE_TOTAL] = "Total",
    [W_SALE_POINTS_LABEL] = "Points",
    [W_SALE_EMPTY] = "No items yet",
    [W_TOPUP_TITLE] = "Mobile top-up",
    [W_TOPUP_SHORT] = "Top-up",
    [W_TOPUP_NUMBER] = "Number with code",
    [W_TOPUP_AGAIN] = "Last 4 digits",
    [W_LAST_TITLE] = "Last sales",
    [W_VOID_TITLE] = "Reversal",
    [W_WHICH_TITLE] = "CPF or mobile",
    [W_ENROL_TITLE] = "New customer",
    [W_IDLE_TITLE] = "Ready to serve",
    [W_DONE_TITLE] = "Recorded",
    [W_HELP_TITLE] = "Help",
    [W_SETUP_TITLE] = "Terminal not ready",
    [W_CASH_OPEN] = "Opening the till",
    [W_CASH_SUMMARY] = "Shift summary",
    [W_CASH_SALES] = "Sales",
    [W_CASH_TOPUPS] = "Top-ups",
    [W_CASH_VOIDS] = "Reversals",
    [W_CASH_MEMBERS] = "With customer",
    [W_CASH_ENROLMENTS] = "Enrolments",
    [W_CASH_CARDS] = "Cards refused",
    [W_CASH_SINCE] = "Open since",
    [W_CASH_WAITING] = "Still to send",
    [W_CLERK_LOGIN] = "Clerk sign-in",
    [W_CLERK_CODE] = "Clerk code",
    [W_CLERK_PIN] = "PIN",
    [W_FIELD_ANY] = "Code or scan",
    [W_FIELD_MEMBER] = "CPF or mobile",
    [W_NOTE_VOIDED] = "reversed",
    [W_NOTE_VALIDITY] = "valid {n} {n:day:days}",
    [W_NOTE_NO_NAME] = "not on file",

    /* prompts and field hints */
    [W_IDLE_PROMPT] = "Scan or type: product, card, CPF or mobile",
    [W_SALE_PROMPT] = "Scan the next item, or finish with F5",
    [W_SALE_PRICE_ASK] = "Price of {name}",
    [W_SALE_WEIGHT_ASK] = "Weight of {name}, in grams",
    [W_SALE_QTY_ASK] = "How many of {name}?",
    [W_SALE_CANCEL_CONFIRM] = "Cancel the whole sale?",
    [W_SALE_RETRY_PROMPT] = "The sale is still here. Enter tries to save again.",
    [W_SALE_CONFIRM] = "Paid {value}? Enter records the sale",
    [W_SALE_TIMES] = "{n} × the next item",
    [W_MEMBER_WHICH] = "Is the number a CPF or a mobile?",
    [W_TOPUP_OPERATOR_ASK] = "Which operator?",
    [W_TOPUP_VALUE_ASK] = "{name} top-up: which value?",
    [W_TOPUP_NUMBER_ASK] = "Type the mobile with area code",
    [W_TOPUP_AGAIN_ASK] = "Repeat the last 4 digits",
    [W_TOPUP_CONFIRM] = "Has the operator confirmed {value} for {number}?",
    [W_TOPUP_CONFIRM_OWN] = "Did the operator confirm {value} on the customer's mobile?",
    [W_TOPUP_OWN_HINT] = "Enter: the customer's own mobile",
    [W_MEMBER_CONSENT] = "Does the customer agree? Type CPF or mobile and Enter",
    [W_MEMBER_CONSENT_HINT] = "Enter records the consent; Esc gives up",
    [W_LAST_ASK] = "Choose the sale, or scan its slip",
    [W_VOID_LOOK] = "Check what is to be reversed; Enter goes on",
    [W_VOID_CONFIRM] = "Reverse {value}, recorded at {time}?",
    [W_CLERK_CODE_ASK] = "Type your code and Enter",
    [W_CLERK_PIN_ASK] = "{name}, type your PIN and Enter",
    [W_CLERK_PIN_CHECKING] = "Checking the PIN…",
    [W_CASH_CLOSE_CONFIRM] = "Close {name}'s till?",
    [W_CASH_OPEN_FIRST] = "Open the till before selling",
    [W_QUIT_CONFIRM] = "Quit the program?",
    [W_DONE_NEXT] = "Scan or type to start the next sale",

    /* what was read or happened */
    [W_READ_PRODUCT] = "{name}",
    [W_READ_MEMBER] = "Customer identified",
    [W_READ_PRODUCT_NEW] = "Product not on file: {code} – recorded all the same",
    [W_MEMBER_NOTFOUND] = "Not on file at this terminal",
    [W_MEMBER_REMOVED] = "Customer removed from the sale",
    [W_MEMBER_CHANGED] = "Customer changed",
    [W_MEMBER_ENROLLED] = "Customer enrolled",
    [W_MEMBER_ENROL_KIND] = "Enrolment takes a CPF or a mobile",
    [W_MEMBER_AGAIN] = "Identify the customer again",
    [W_SALE_SAVED] = "Sale recorded",
    [W_SALE_CANCELLED] = "Sale cancelled: nothing was recorded",
    [W_SALE_REMOVED] = "Deleted: {name}",
    [W_SALE_NOT_SAVED] = "Sale NOT recorded: saving failed",
    [W_SALE_RESTORED] = "Sale not recorded: check the items and the customer",
    [W_SALE_TOO_LARGE] = "Sale too large: finish this one and start another",
    [W_SALE_TOO_MUCH] = "Quantity or amount too large",
    [W_SALE_NO_ITEM] = "There is nothing to finish",
    [W_SALE_OPEN_FIRST] = "Finish or cancel the open sale first",
    [W_SALE_BADCODE] = "Misread code: scan again",
    [W_SALE_EXPIRED_GOODS] = "Product expired on {date}",
    [W_TOPUP_DONE] = "Top-up recorded",
    [W_TOPUP_CANCELLED] = "Top-up cancelled: nothing was recorded",
    [W_TOPUP_NONE] = "The programme has no top-ups",
    [W_TOPUP_MISMATCH] = "The last 4 digits are not the same",
    [W_TOPUP_NODDD] = "No such area code",
    [W_TOPUP_NINTH] = "The ninth digit is missing",
    [W_TOPUP_FIXED] = "A fixed line cannot be topped up",
    [W_TOPUP_NOT_SAVED] = "Top-up NOT recorded: writing failed",
    [W_VOID_DONE] = "Reversal recorded",
    [W_VOID_REQUESTED] = "Reversal requested: the centre will answer",
    [W_VOID_AGAIN] = "This sale is already reversed",
    [W_VOID_NOTFOUND] = "Sale not found at this terminal",
    [W_VOID_NOT_THIS] = "Only sales and top-ups are reversed",
    [W_VOID_NOTHING_LEFT] = "Nothing is left of this sale: all was returned",
    [W_VOID_REQUEST] = "The operator has credited it: this is a request",
    [W_NOT_SAVED] = "NOT recorded: writing failed",
    [W_LAST_NONE] = "No sales at this terminal yet",
    [W_CARD_PAYMENT] = "Payment card refused – nothing was kept",
    [W_CARD_MISREAD] = "Read failed: swipe again",
    [W_CARD_BLANK] = "The card is blank",
    [W_CARD_ENCRYPTED] = "Encrypting reader: this terminal reads no payments",
    [W_CARD_FOREIGN] = "This card is not of the programme",
    [W_CODE_TOO_LONG] = "Code too long: scan again",
    [W_CODE_BILL] = "Bills are not taken here",
    [W_CODE_COLLECTION] = "Utility bills are not taken here",
    [W_CODE_PIX] = "Pix QR: use the payment terminal",
    [W_CODE_FISCAL] = "Fiscal receipt: not taken by this programme yet",
    [W_CODE_COUPON] = "Coupons are not taken here",
    [W_CODE_UNKNOWN] = "Code not recognised",
    [W_CODE_NOT_NOW] = "Not now: finish this step or press Esc",
    [W_TYPE_AHEAD_FULL] = "Too fast: the last read was dropped, scan again",
    [W_READER_MISSING] = "Reader unplugged: {name}",
    [W_READER_BACK] = "Reader connected: {name}",
    [W_ERR_REQUIRED] = "Required field",
    [W_ERR_CPF] = "Invalid CPF",
    [W_ERR_PHONE] = "Invalid mobile",
    [W_ERR_VALUE] = "Invalid amount",
    [W_ERR_QTY] = "Invalid quantity",
    [W_ERR_CHOICE] = "There is no such choice",
    [W_CLERK_WELCOME] = "Till open. Have a good shift, {name}!",
    [W_CLERK_CHANGED] = "Now serving: {name}",
    [W_CLERK_WRONG] = "Wrong code or PIN",
    [W_CLERK_WRONG_LEFT] = "Wrong PIN: {n} {n:try:tries} left",
    [W_CLERK_LOCKED] = "Clerk locked after failed tries: call the manager",
    [W_CLERK_UNKNOWN] = "No such clerk in this store",
    [W_CLERK_NOT_CHECKED] = "The PIN could not be checked: type it again",
    [W_CASH_CLOSED] = "Till closed",
    [W_CASH_PENDING] = "Till closed with {n} {n:record:records} still to send",

    /* status line */
    [W_LINK_ON] = "Online",
    [W_LINK_OFF] = "Offline",
    [W_LINK_NEVER] = "No contact yet",
    [W_LINK_REFUSED] = "Connection refused",
    [W_LINK_STOPPED] = "Sending stopped",
    [W_LINK_SENT] = "all sent",
    [W_LINK_QUEUE] = "{n} to send",
    [W_LINK_QUEUE_SHORT] = "queue {n}",
    [W_LINK_OLDEST] = "{age} old",
    [W_AGE_SECONDS] = "{n} s",
    [W_AGE_MINUTES] = "{n} min",
    [W_AGE_HOURS] = "{n} h",
    [W_AGE_DAYS] = "{n} {n:day:days}",
    [W_CLOCK_UNSURE] = "Clock unsure",
    [W_TRAINING] = "TRAINING",
    [W_PROGRAMME_EXPIRED] = "Programme expired",
    [W_STATUS_NO_CLERK] = "nobody signed in",

    /* warnings */
    [W_WARN_STICK] =
	"{n} {n:day:days} offline: carry the sales by USB stick (room for {room} more)",
    [W_WARN_HELD] = "{n} {n:batch:batches} held by the centre: call support",
    [W_WARN_REFUSED] = "The centre refused {n} {n:record:records}: {name}",
    [W_WARN_CERT] = "Certificate expires in {n} {n:day:days}: call support",
    [W_WARN_CERT_OVER] = "Certificate expired: call support",
    [W_DISK_LOW] = "Little space: send the sales",
    [W_DISK_FULL] = "Storage full: sales suspended",
    [W_JOURNAL_BROKEN] = "Sales file damaged: call support",

    /* set-up states */
    [W_SETUP_NOT_ENROLLED] = "This terminal is not enrolled yet",
    [W_SETUP_ENROL_HOW] =
	"The technician enrols it with the centre's token: balcao enrol",
    [W_SETUP_NO_PROGRAMME] = "The store's programme has not arrived yet",
    [W_SETUP_PROGRAMME_HOW] = "Connect the terminal to the network: balcao sync",
    [W_SETUP_NO_CLERKS] = "The programme has no clerks for this store",
    [W_SETUP_CALL] = "In doubt? balcao status says what is missing",
    [W_TOO_SMALL] = "Too small: needs 40×16",

    /* lists and screens */
    [W_MORE_ABOVE] = "{n} more above",
    [W_MORE_BELOW] = "{n} more below",
    [W_POINTS_UNIT] = "{n:point:points}",
    [W_POINTS_COUNT] = "{n} {n:point:points}",
    [W_RECEIPT] = "Slip",
    [W_WHY_ON] = "on {value}",
    [W_BALANCE_ASOF] = "on {date}",
    [W_HELP_TRY] = "To try",
    [W_HELP_KEYS] = "No F-keys? Esc and a digit do the same: Esc 2 is F2, Esc 0 is F10.",

    /* help, one text for each state (in parentheses: lines of one text) */
    [W_HELP_CLOSED] =
	("The till is closed. To open it, choose or type your clerk code, "
	 "press Enter and type your PIN. A PIN has six digits or more and is "
	 "shown as dots.\nFive wrong PINs lock the clerk; the manager can sign "
	 "in with their own."),
    [W_HELP_PIN] = ("Type the PIN and press Enter. It is shown as dots and does not stay "
		    "on the screen. Backspace deletes a digit; Esc goes back without "
		    "signing in.\nFive wrong PINs lock the clerk."),
    [W_HELP_IDLE] =
	("Scan or type anything: the terminal knows a product, a programme card, a CPF "
	 "or "
	 "a mobile. A product starts the sale; a customer may be read before, during or "
	 "at the end.\nF2 makes a top-up, F3 shows the last sales, where one is "
	 "reversed. "
	 "F8 changes the clerk, F10 closes the till.\nA payment card is refused and "
	 "nothing of it is kept."),
    [W_HELP_SALE] =
	("Scan each item; the same code again adds one. Choose an item with "
	 "the arrows, F6 changes its quantity and Del deletes it.\nRead the "
	 "customer at any moment; F4 removes them from the sale. F5 finishes: "
	 "a sale is done only when the screen says “recorded”. Esc asks "
	 "whether to cancel it all."),
    [W_HELP_PRICE] =
	("This product has no price in the programme. Type the amount; digits "
	 "come in as cents: 1 2 9 9 is R$ 12,99. Enter confirms, Esc drops the "
	 "item."),
    [W_HELP_QTY] = ("Type how many (or the weight in grams, when it is sold by weight) "
		    "and press Enter. Esc leaves it as it was."),
    [W_HELP_WHICH] =
	("These eleven digits are both a valid CPF and a valid mobile. Ask the "
	 "customer and press 1 for CPF or 2 for mobile. Esc drops the number."),
    [W_HELP_ENROL] = ("Show or read the text to the customer. If they agree, type their "
		      "CPF or mobile and press Enter: the consent and the version of the "
		      "text are recorded. Esc gives up and nothing is kept."),
    [W_HELP_TOPUP_OPERATOR] =
	("Choose the operator by its line number, or with the arrows and "
	 "Enter. A mobile number does not tell the operator: ask the customer."),
    [W_HELP_TOPUP_VALUE] =
	("Choose the value by its line number, or with the arrows and Enter. "
	 "Beside it stands for how many days the credit is valid: tell the "
	 "customer before taking the money."),
    [W_HELP_TOPUP_NUMBER] =
	("Type the area code and mobile to top up, eleven digits. For the "
	 "identified customer’s own mobile, Enter without typing uses it.\nFor "
	 "another number the last four digits are asked again."),
    [W_HELP_TOPUP_AGAIN] =
	("Type again only the last four digits of the mobile, best as the "
	 "customer says them. If they are not the same, the number is asked "
	 "again."),
    [W_HELP_TOPUP_CONFIRM] =
	("Make the top-up on the operator’s own device. Only when it has "
	 "confirmed, press Enter here to record it. If it has not, press Esc: "
	 "nothing is recorded."),
    [W_HELP_LAST] = ("The newest sales are on top. Choose one with the arrows or by its "
		     "number and press Enter to reverse it. Its slip can be scanned as "
		     "well. Esc goes back and changes nothing."),
    [W_HELP_VOID] = ("Enter records the reversal; the sale is not deleted, a new record "
		     "undoes it and the points return. Reversing a top-up is a request: "
		     "the operator has already credited it, and the centre answers."),
    [W_HELP_CONFIRM] =
	("Check the total with the customer. Enter records the sale; it is "
	 "done only when the screen says “recorded”. Scanning an item or "
	 "the customer goes on with the sale, and Esc goes back to it."),
    [W_HELP_SUMMARY] =
	("What this shift recorded. Enter closes the till and sends what is "
	 "left; Esc goes back to serving. It can be closed offline: what is "
	 "not sent yet is kept and goes later."),
    [W_HELP_DONE] = ("It is recorded and safe at this terminal, online or not. Scan or "
		     "type the next code, or press Enter, for the next sale."),
    [W_HELP_SETUP] =
	("This terminal cannot sell yet. The technician enrols it with the "
	 "token that the centre issues (balcao enrol) and brings in the "
	 "store’s programme (balcao sync). The command balcao status says in "
	 "words what is missing and what to do."),
};
