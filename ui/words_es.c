/* SPDX-License-Identifier: MIT */
#include "ui/words_tables.h"

const char *const words_es[W_COUNT] = {
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
    [W_KEY_DELETE] = "Supr",
    [W_KEY_TAB] = "Tab",
    [W_KEY_DIGITS] = "1–9",

    /* what a key does */
    [W_NAV_CONFIRM] = "Confirmar",
    [W_NAV_BACK] = "Volver",
    [W_NAV_CANCEL] = "Cancelar",
    [W_NAV_YES] = "Sí",
    [W_NAV_NO] = "No",
    [W_NAV_HELP] = "Ayuda",
    [W_NAV_CHOOSE] = "Elegir",
    [W_NAV_CPF] = "CPF",
    [W_NAV_PHONE] = "Celular",
    [W_SALE_NEW] = "Nueva venta",
    [W_SALE_FINISH] = "Finalizar",
    [W_SALE_QTY] = "Cantidad",
    [W_SALE_REMOVE_ITEM] = "Quitar item",
    [W_SALE_CANCEL] = "Cancelar venta",
    [W_SALE_LAST] = "Últimas ventas",
    [W_MEMBER_REMOVE] = "Quitar cliente",
    [W_MEMBER_NEW] = "Registrar",
    [W_TOPUP_KEY] = "Recarga",
    [W_TOPUP_OWN] = "El propio",
    [W_VOID_KEY] = "Anular",
    [W_CLERK_SWITCH] = "Cambiar cajero",
    [W_CLERK_CODE_KEY] = "Código",
    [W_CASH_OPEN_KEY] = "Abrir caja",
    [W_CASH_CLOSE_KEY] = "Cerrar caja",
    [W_APP_QUIT] = "Terminar",

    /* titles and labels */
    [W_EARNER_MEMBER] = "Cliente",
    [W_EARNER_CLERK] = "Cajero",
    [W_EARNER_STORE] = "Tienda",
    [W_MEMBER_TITLE] = "Cliente",
    [W_MEMBER_NONE] = "Sin cliente",
    [W_MEMBER_BALANCE] = "Saldo de puntos",
    [W_MEMBER_LOOKING] = "Buscando…",
    [W_MEMBER_NOT_HERE] = "Sin registro aquí",
    [W_MEMBER_EARNS] = "Esta venta suma",
    [W_MEMBER_EARNED] = "Ganó",
    [W_SALE_TITLE] = "Venta",
    [W_SALE_UNSAVED_TITLE] = "Venta no registrada",
    [W_SALE_PRICE] = "Precio",
    [W_SALE_QTY_FIELD] = "Cantidad",
    [W_SALE_TOTAL] = "Total",
    [W_SALE_POINTS_LABEL] = "Puntos",
    [W_SALE_EMPTY] = "Sin artículos",
    [W_TOPUP_TITLE] = "Recarga de celular",
    [W_TOPUP_SHORT] = "Recarga",
    [W_TOPUP_NUMBER] = "Número con código",
    [W_TOPUP_AGAIN] = "4 últimos dígitos",
    [W_LAST_TITLE] = "Últimas ventas",
    [W_VOID_TITLE] = "Anulación",
    [W_WHICH_TITLE] = "CPF o celular",
    [W_ENROL_TITLE] = "Cliente nuevo",
    [W_IDLE_TITLE] = "Listo para atender",
    [W_DONE_TITLE] = "Registrada",
    [W_HELP_TITLE] = "Ayuda",
    [W_SETUP_TITLE] = "Terminal no lista",
    [W_CASH_OPEN] = "Apertura de caja",
    [W_CASH_SUMMARY] = "Resumen del turno",
    [W_CASH_SALES] = "Ventas",
    [W_CASH_TOPUPS] = "Recargas",
    [W_CASH_VOIDS] = "Anulaciones",
    [W_CASH_MEMBERS] = "Con cliente",
    [W_CASH_ENROLMENTS] = "Registros",
    [W_CASH_CARDS] = "Tarjetas rechazadas",
    [W_CASH_SINCE] = "Abierta desde",
    [W_CASH_WAITING] = "Por enviar",
    [W_CLERK_LOGIN] = "Ingreso del cajero",
    [W_CLERK_CODE] = "Código del cajero",
    [W_CLERK_PIN] = "Clave",
    [W_FIELD_ANY] = "Código o lectura",
    [W_FIELD_MEMBER] = "CPF o celular",
    [W_NOTE_VOIDED] = "anulada",
    [W_NOTE_VALIDITY] = "vale {n} {n:día:días}",
    [W_NOTE_NO_NAME] = "sin registro",

    /* prompts and field hints */
    [W_IDLE_PROMPT] = "Escanee o escriba: producto, tarjeta, CPF o celular",
    [W_SALE_PROMPT] = "Escanee el próximo artículo o finalice con F5",
    [W_SALE_PRICE_ASK] = "Precio de {name}",
    [W_SALE_WEIGHT_ASK] = "Peso de {name}, en gramos",
    [W_SALE_QTY_ASK] = "¿Cuántas unidades de {name}?",
    [W_SALE_CANCEL_CONFIRM] = "¿Cancelar toda la venta?",
    [W_SALE_RETRY_PROMPT] = "La venta sigue aquí. Enter intenta guardarla otra vez.",
    [W_SALE_CONFIRM] = "¿Recibió {value}? Enter registra la venta",
    [W_SALE_TIMES] = "{n} × el próximo artículo",
    [W_MEMBER_WHICH] = "¿El número es CPF o celular?",
    [W_TOPUP_OPERATOR_ASK] = "¿Qué operador?",
    [W_TOPUP_VALUE_ASK] = "Recarga {name}: ¿qué valor?",
    [W_TOPUP_NUMBER_ASK] = "Escriba el celular con código de área",
    [W_TOPUP_AGAIN_ASK] = "Repita los 4 últimos dígitos",
    [W_TOPUP_CONFIRM] = "¿El operador confirmó {value} en {number}?",
    [W_TOPUP_CONFIRM_OWN] = "¿El operador confirmó {value} en el celular del cliente?",
    [W_TOPUP_OWN_HINT] = "Enter: el celular del propio cliente",
    [W_MEMBER_CONSENT] = "¿El cliente acepta? Escriba CPF o celular y Enter",
    [W_MEMBER_CONSENT_HINT] = "Enter registra la aceptación; Esc desiste",
    [W_LAST_ASK] = "Elija la venta o escanee su comprobante",
    [W_VOID_LOOK] = "Revise lo que se anulará; Enter continúa",
    [W_VOID_CONFIRM] = "¿Anular {value}, registrado a las {time}?",
    [W_CLERK_CODE_ASK] = "Escriba su código y Enter",
    [W_CLERK_PIN_ASK] = "{name}, escriba su clave y Enter",
    [W_CLERK_PIN_CHECKING] = "Verificando la clave…",
    [W_CASH_CLOSE_CONFIRM] = "¿Cerrar la caja de {name}?",
    [W_CASH_OPEN_FIRST] = "Abra la caja antes de vender",
    [W_QUIT_CONFIRM] = "¿Terminar el programa?",
    [W_DONE_NEXT] = "Escanee o escriba para empezar la próxima venta",

    /* what was read or happened */
    [W_READ_PRODUCT] = "{name}",
    [W_READ_MEMBER] = "Cliente identificado",
    [W_READ_PRODUCT_NEW] = "Producto sin registro: {code} – se registra igual",
    [W_MEMBER_NOTFOUND] = "Registro no encontrado en esta terminal",
    [W_MEMBER_REMOVED] = "Cliente quitado de la venta",
    [W_MEMBER_CHANGED] = "Cliente cambiado",
    [W_MEMBER_ENROLLED] = "Cliente registrado",
    [W_MEMBER_ENROL_KIND] = "El registro pide CPF o celular",
    [W_MEMBER_AGAIN] = "Identifique al cliente otra vez",
    [W_SALE_SAVED] = "Venta registrada",
    [W_SALE_CANCELLED] = "Venta cancelada: no se registró nada",
    [W_SALE_REMOVED] = "Quitado: {name}",
    [W_SALE_NOT_SAVED] = "Venta NO registrada: falló al guardar",
    [W_SALE_RESTORED] = "Venta no registrada: revise los artículos y el cliente",
    [W_SALE_TOO_LARGE] = "Venta demasiado grande: finalice y abra otra",
    [W_SALE_TOO_MUCH] = "Cantidad o valor demasiado grande",
    [W_SALE_NO_ITEM] = "No hay nada que finalizar",
    [W_SALE_OPEN_FIRST] = "Finalice o cancele antes la venta abierta",
    [W_SALE_BADCODE] = "Código mal leído: escanee otra vez",
    [W_SALE_EXPIRED_GOODS] = "Producto vencido el {date}",
    [W_TOPUP_DONE] = "Recarga registrada",
    [W_TOPUP_CANCELLED] = "Recarga cancelada: no se registró nada",
    [W_TOPUP_NONE] = "El programa no tiene recargas",
    [W_TOPUP_MISMATCH] = "Los 4 últimos dígitos no coinciden",
    [W_TOPUP_NODDD] = "Código de área inexistente",
    [W_TOPUP_NINTH] = "Falta el noveno dígito",
    [W_TOPUP_FIXED] = "Un teléfono fijo no admite recarga",
    [W_TOPUP_NOT_SAVED] = "Recarga NO registrada: falló la escritura",
    [W_VOID_DONE] = "Anulación registrada",
    [W_VOID_REQUESTED] = "Anulación solicitada: la central responderá",
    [W_VOID_AGAIN] = "Esta venta ya fue anulada",
    [W_VOID_NOTFOUND] = "Venta no encontrada en esta terminal",
    [W_VOID_NOT_THIS] = "Solo se anulan ventas y recargas",
    [W_VOID_NOTHING_LEFT] = "No queda nada de esta venta: todo fue devuelto",
    [W_VOID_REQUEST] = "El operador ya acreditó: esto es un pedido a la central",
    [W_NOT_SAVED] = "NO registrado: falló la escritura",
    [W_LAST_NONE] = "Aún no hay ventas en esta terminal",
    [W_CARD_PAYMENT] = "Tarjeta de pago rechazada – no se guardó nada",
    [W_CARD_MISREAD] = "Lectura fallida: pase otra vez",
    [W_CARD_BLANK] = "La tarjeta está vacía",
    [W_CARD_ENCRYPTED] = "Lector cifrado: esta terminal no lee pagos",
    [W_CARD_FOREIGN] = "Esta tarjeta no es del programa",
    [W_CODE_TOO_LONG] = "Código demasiado largo: escanee otra vez",
    [W_CODE_BILL] = "Aquí no se aceptan boletos",
    [W_CODE_COLLECTION] = "Aquí no se aceptan facturas de servicios",
    [W_CODE_PIX] = "QR de Pix: use la terminal de pago",
    [W_CODE_FISCAL] = "Factura: este programa aún no la recibe",
    [W_CODE_COUPON] = "Aquí no se aceptan cupones",
    [W_CODE_UNKNOWN] = "Código no reconocido",
    [W_CODE_NOT_NOW] = "Ahora no: termine este paso o presione Esc",
    [W_TYPE_AHEAD_FULL] = "Demasiado rápido: se perdió la última lectura, lea de nuevo",
    [W_READER_MISSING] = "Lector desconectado: {name}",
    [W_READER_BACK] = "Lector conectado: {name}",
    [W_ERR_REQUIRED] = "Campo obligatorio",
    [W_ERR_CPF] = "CPF inválido",
    [W_ERR_PHONE] = "Celular inválido",
    [W_ERR_VALUE] = "Valor inválido",
    [W_ERR_QTY] = "Cantidad inválida",
    [W_ERR_CHOICE] = "No existe esa opción",
    [W_CLERK_WELCOME] = "Caja abierta. ¡Buen turno, {name}!",
    [W_CLERK_CHANGED] = "Ahora atiende: {name}",
    [W_CLERK_WRONG] = "Código o clave incorrectos",
    [W_CLERK_WRONG_LEFT] = "Clave incorrecta: {n:queda:quedan} {n} {n:intento:intentos}",
    [W_CLERK_LOCKED] = "Cajero bloqueado por intentos: llame al gerente",
    [W_CLERK_UNKNOWN] = "Cajero sin registro en esta tienda",
    [W_CLERK_NOT_CHECKED] = "No se pudo comprobar la clave: escríbala de nuevo",
    [W_CASH_CLOSED] = "Caja cerrada",
    [W_CASH_PENDING] = "Caja cerrada con {n} {n:registro:registros} por enviar",

    /* status line */
    [W_LINK_ON] = "Conectado",
    [W_LINK_OFF] = "Sin conexión",
    [W_LINK_NEVER] = "Aún sin contacto",
    [W_LINK_REFUSED] = "Conexión rechazada",
    [W_LINK_STOPPED] = "Envío detenido",
    [W_LINK_SENT] = "todo enviado",
    [W_LINK_QUEUE] = "{n} por enviar",
    [W_LINK_QUEUE_SHORT] = "cola {n}",
    [W_LINK_OLDEST] = "hace {age}",
    [W_AGE_SECONDS] = "{n} s",
    [W_AGE_MINUTES] = "{n} min",
    [W_AGE_HOURS] = "{n} h",
    [W_AGE_DAYS] = "{n} {n:día:días}",
    [W_CLOCK_UNSURE] = "Reloj incierto",
    [W_TRAINING] = "ENTRENAMIENTO",
    [W_PROGRAMME_EXPIRED] = "Programa vencido",
    [W_STATUS_NO_CLERK] = "sin cajero",

    /* warnings */
    [W_WARN_STICK] =
	"{n} {n:día:días} sin conexión: lleve las ventas en USB (caben {room} más)",
    [W_WARN_HELD] =
	"{n} {n:lote retenido:lotes retenidos} por la central: llame a soporte",
    [W_WARN_REFUSED] = "La central rechazó {n} {n:registro:registros}: {name}",
    [W_WARN_CERT] = "El certificado vence en {n} {n:día:días}: llame a soporte",
    [W_WARN_CERT_OVER] = "Certificado vencido: llame a soporte",
    [W_DISK_LOW] = "Poco espacio: envíe las ventas",
    [W_DISK_FULL] = "Memoria llena: ventas suspendidas",
    [W_JOURNAL_BROKEN] = "Archivo de ventas dañado: llame a soporte",

    /* set-up states */
    [W_SETUP_NOT_ENROLLED] = "Esta terminal aún no fue activada",
    [W_SETUP_ENROL_HOW] =
	"El técnico la activa con el código de la central: balcao enrol",
    [W_SETUP_NO_PROGRAMME] = "El programa de la tienda aún no llegó",
    [W_SETUP_PROGRAMME_HOW] = "Conecte la terminal a la red: balcao sync",
    [W_SETUP_NO_CLERKS] = "El programa no tiene cajeros para esta tienda",
    [W_SETUP_CALL] = "¿Dudas? balcao status dice qué falta",
    [W_TOO_SMALL] = "Pantalla chica: se necesita 40×16",

    /* lists and screens */
    [W_MORE_ABOVE] = "{n} más arriba",
    [W_MORE_BELOW] = "{n} más abajo",
    [W_POINTS_UNIT] = "{n:punto:puntos}",
    [W_POINTS_COUNT] = "{n} {n:punto:puntos}",
    [W_RECEIPT] = "Comprobante",
    [W_WHY_ON] = "sobre {value}",
    [W_BALANCE_ASOF] = "al {date}",
    [W_HELP_TRY] = "Para probar",
    [W_HELP_KEYS] =
	"¿Sin teclas F? Esc y un dígito valen lo mismo: Esc 2 es F2, Esc 0 es F10.",

    /* help, one text for each state (in parentheses: lines of one text) */
    [W_HELP_CLOSED] = ("La caja está cerrada. Para abrirla, elija o escriba su código de "
		       "cajero, presione Enter y escriba la clave. La clave tiene seis "
		       "dígitos o más y se ve como puntos.\nCinco claves incorrectas "
		       "bloquean al cajero; el gerente puede ingresar con la suya."),
    [W_HELP_PIN] = ("Escriba la clave y presione Enter. Se ve como puntos y no queda en "
		    "la pantalla. Retroceso borra un dígito; Esc vuelve sin "
		    "ingresar.\nCinco claves incorrectas bloquean al cajero."),
    [W_HELP_IDLE] =
	("Escanee o escriba cualquier cosa: la terminal sabe si es producto, "
	 "tarjeta del programa, CPF o celular. Un producto abre la venta; el "
	 "cliente puede leerse antes, durante o al final.\nF2 hace una "
	 "recarga, F3 muestra las últimas ventas, donde se anula. F8 cambia el "
	 "cajero y F10 cierra la caja.\nUna tarjeta de pago se rechaza y nada "
	 "de ella se guarda."),
    [W_HELP_SALE] =
	("Escanee cada artículo; el mismo código otra vez suma una unidad. Con "
	 "las flechas elija un artículo, F6 cambia la cantidad y Supr lo "
	 "quita.\nLea al cliente en cualquier momento; F4 lo quita de la "
	 "venta. F5 finaliza: la venta está hecha solo cuando la pantalla dice "
	 "“registrada”. Esc pregunta si se cancela todo."),
    [W_HELP_PRICE] =
	("Este producto no tiene precio en el programa. Escriba el valor; los "
	 "dígitos entran como centavos: 1 2 9 9 es R$ 12,99. Enter confirma, "
	 "Esc abandona el artículo."),
    [W_HELP_QTY] =
	("Escriba cuántas unidades (o el peso en gramos, si se vende por peso) "
	 "y presione Enter. Esc lo deja como estaba."),
    [W_HELP_WHICH] = ("Esos once dígitos sirven como CPF y como celular. Pregunte al "
		      "cliente y presione 1 para CPF o 2 para celular. Esc abandona el "
		      "número."),
    [W_HELP_ENROL] =
	("Muestre o lea el texto al cliente. Si acepta, escriba el CPF o el "
	 "celular y pulse Enter: la aceptación y la versión del texto quedan "
	 "registradas. Esc desiste y no se guarda nada."),
    [W_HELP_TOPUP_OPERATOR] =
	("Elija el operador por el número de línea, o con las flechas y Enter. "
	 "El número de celular no dice cuál es el operador: pregunte al "
	 "cliente."),
    [W_HELP_TOPUP_VALUE] =
	("Elija el valor por el número de línea, o con las flechas y Enter. Al "
	 "lado está por cuántos días vale el crédito: dígalo al cliente antes "
	 "de cobrar."),
    [W_HELP_TOPUP_NUMBER] =
	("Escriba código de área y número del celular a recargar, once "
	 "dígitos. Si es el del propio cliente identificado, Enter sin "
	 "escribir lo usa.\nPara otro número se piden otra vez los cuatro "
	 "últimos dígitos."),
    [W_HELP_TOPUP_AGAIN] =
	("Escriba otra vez solo los cuatro últimos dígitos del celular, mejor "
	 "como los dice el cliente. Si no coinciden, se pide el número de "
	 "nuevo."),
    [W_HELP_TOPUP_CONFIRM] =
	("Haga la recarga en el equipo del operador. Solo cuando confirme, "
	 "presione Enter aquí para registrarla. Si no confirmó, presione Esc: "
	 "no se registra nada."),
    [W_HELP_LAST] =
	("Las ventas más nuevas están arriba. Elija una con las flechas o por "
	 "su número y presione Enter para anularla. También se puede escanear "
	 "el comprobante. Esc vuelve sin cambiar nada."),
    [W_HELP_VOID] =
	("Enter registra la anulación; la venta no se borra, un nuevo registro "
	 "la deshace y los puntos vuelven. Anular una recarga es un pedido: el "
	 "operador ya la acreditó y la central responde."),
    [W_HELP_CONFIRM] = ("Confirme el total con el cliente. Enter registra la venta; solo "
			"está hecha cuando la pantalla dice “registrada”. Leer otro "
			"artículo o al cliente sigue la venta, y Esc vuelve a ella."),
    [W_HELP_SUMMARY] =
	("Lo que registró este turno. Enter cierra la caja y envía lo que "
	 "falta; Esc vuelve a atender. Se puede cerrar sin conexión: lo que "
	 "falta queda guardado y sale después."),
    [W_HELP_DONE] = ("Está registrado y guardado en esta terminal, con o sin conexión. "
		     "Escanee o escriba el próximo código, o presione Enter, para la "
		     "próxima venta."),
    [W_HELP_SETUP] =
	("Esta terminal aún no puede vender. El técnico la activa con el "
	 "código que emite la central (balcao enrol) y trae el programa de la "
	 "tienda (balcao sync). El comando balcao status dice, en palabras, "
	 "qué falta y qué hacer."),
};
