/* SPDX-License-Identifier: MIT */
#include "ui/words_tables.h"

const char *const words_pt_br[W_COUNT] = {
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
    [W_NAV_CONFIRM] = "Confirmar",
    [W_NAV_BACK] = "Voltar",
    [W_NAV_CANCEL] = "Cancelar",
    [W_NAV_YES] = "Sim",
    [W_NAV_NO] = "Não",
    [W_NAV_HELP] = "Ajuda",
    [W_NAV_CHOOSE] = "Escolher",
    [W_NAV_CPF] = "CPF",
    [W_NAV_PHONE] = "Celular",
    [W_SALE_NEW] = "Nova venda",
    [W_SALE_FINISH] = "Concluir",
    [W_SALE_QTY] = "Quantidade",
    [W_SALE_REMOVE_ITEM] = "Excluir item",
    [W_SALE_CANCEL] = "Cancelar venda",
    [W_SALE_LAST] = "Últimas vendas",
    [W_MEMBER_REMOVE] = "Tirar cliente",
    [W_MEMBER_NEW] = "Cadastrar",
    [W_TOPUP_KEY] = "Recarga",
    [W_TOPUP_OWN] = "O próprio",
    [W_VOID_KEY] = "Estornar",
    [W_CLERK_SWITCH] = "Trocar oper.",
    [W_CLERK_CODE_KEY] = "Código",
    [W_CASH_OPEN_KEY] = "Abrir caixa",
    [W_CASH_CLOSE_KEY] = "Fechar caixa",
    [W_APP_QUIT] = "Encerrar",

    /* titles and labels */
    [W_EARNER_MEMBER] = "Cliente",
    [W_EARNER_CLERK] = "Operador",
    [W_EARNER_STORE] = "Loja",
    [W_MEMBER_TITLE] = "Cliente",
    [W_MEMBER_NONE] = "Sem cliente",
    [W_MEMBER_BALANCE] = "Saldo de pontos",
    [W_MEMBER_LOOKING] = "Procurando…",
    [W_MEMBER_NOT_HERE] = "Sem cadastro aqui",
    [W_MEMBER_EARNS] = "Esta venda rende",
    [W_MEMBER_EARNED] = "Ganhou",
    [W_SALE_TITLE] = "Venda",
    [W_SALE_UNSAVED_TITLE] = "Venda não registrada",
    [W_SALE_PRICE] = "Preço",
    [W_SALE_QTY_FIELD] = "Quantidade",
    [W_SALE_TOTAL] = "Total",
    [W_SALE_POINTS_LABEL] = "Pontos",
    [W_SALE_EMPTY] = "Nenhum item",
    [W_TOPUP_TITLE] = "Recarga de celular",
    [W_TOPUP_SHORT] = "Recarga",
    [W_TOPUP_NUMBER] = "Número com DDD",
    [W_TOPUP_AGAIN] = "4 últimos dígitos",
    [W_LAST_TITLE] = "Últimas vendas",
    [W_VOID_TITLE] = "Estorno",
    [W_WHICH_TITLE] = "CPF ou celular",
    [W_ENROL_TITLE] = "Novo cliente",
    [W_IDLE_TITLE] = "Pronto para atender",
    [W_DONE_TITLE] = "Registrada",
    [W_HELP_TITLE] = "Ajuda",
    [W_SETUP_TITLE] = "Terminal não pronto",
    [W_CASH_OPEN] = "Abertura de caixa",
    [W_CASH_SUMMARY] = "Resumo do turno",
    [W_CASH_SALES] = "Vendas",
    [W_CASH_TOPUPS] = "Recargas",
    [W_CASH_VOIDS] = "Estornos",
    [W_CASH_MEMBERS] = "Com cliente",
    [W_CASH_ENROLMENTS] = "Cadastros",
    [W_CASH_CARDS] = "Cartões recusados",
    [W_CASH_SINCE] = "Aberto desde",
    [W_CASH_WAITING] = "Por enviar",
    [W_CLERK_LOGIN] = "Entrada do operador",
    [W_CLERK_CODE] = "Código do operador",
    [W_CLERK_PIN] = "Senha",
    [W_FIELD_ANY] = "Código ou leitura",
    [W_FIELD_MEMBER] = "CPF ou celular",
    [W_NOTE_VOIDED] = "estornada",
    [W_NOTE_VALIDITY] = "vale {n} {n:dia:dias}",
    [W_NOTE_NO_NAME] = "sem cadastro",

    /* prompts and field hints */
    [W_IDLE_PROMPT] = "Leia ou digite: produto, cartão, CPF ou celular",
    [W_SALE_PROMPT] = "Leia o próximo item ou conclua com F5",
    [W_SALE_PRICE_ASK] = "Preço de {name}",
    [W_SALE_WEIGHT_ASK] = "Peso de {name}, em gramas",
    [W_SALE_QTY_ASK] = "Quantas unidades de {name}?",
    [W_SALE_CANCEL_CONFIRM] = "Cancelar a venda inteira?",
    [W_SALE_RETRY_PROMPT] = "A venda continua aqui. Enter tenta gravar de novo.",
    [W_SALE_CONFIRM] = "Recebeu {value}? Enter registra a venda",
    [W_SALE_TIMES] = "{n} × o próximo item",
    [W_MEMBER_WHICH] = "O número é CPF ou celular?",
    [W_TOPUP_OPERATOR_ASK] = "Qual operadora?",
    [W_TOPUP_VALUE_ASK] = "Recarga {name}: qual valor?",
    [W_TOPUP_NUMBER_ASK] = "Digite o celular com DDD",
    [W_TOPUP_AGAIN_ASK] = "Repita os 4 últimos dígitos",
    [W_TOPUP_CONFIRM] = "A operadora confirmou {value} em {number}?",
    [W_TOPUP_CONFIRM_OWN] = "A operadora confirmou {value} no celular do cliente?",
    [W_TOPUP_OWN_HINT] = "Enter: o celular do próprio cliente",
    [W_MEMBER_CONSENT] = "O cliente aceita? Digite o CPF ou celular e Enter",
    [W_MEMBER_CONSENT_HINT] = "Enter registra o aceite; Esc desiste",
    [W_LAST_ASK] = "Escolha a venda, ou leia o comprovante",
    [W_VOID_LOOK] = "Confira o que será estornado; Enter continua",
    [W_VOID_CONFIRM] = "Estornar {value}, registrado às {time}?",
    [W_CLERK_CODE_ASK] = "Digite seu código e Enter",
    [W_CLERK_PIN_ASK] = "{name}, digite sua senha e Enter",
    [W_CLERK_PIN_CHECKING] = "Conferindo a senha…",
    [W_CASH_CLOSE_CONFIRM] = "Fechar o caixa de {name}?",
    [W_CASH_OPEN_FIRST] = "Abra o caixa antes de vender",
    [W_QUIT_CONFIRM] = "Encerrar o programa?",
    [W_DONE_NEXT] = "Leia ou digite para começar a próxima venda",

    /* what was read or happened */
    [W_READ_PRODUCT] = "{name}",
    [W_READ_MEMBER] = "Cliente identificado",
    [W_READ_PRODUCT_NEW] = "Produto sem cadastro: {code} – registrado assim mesmo",
    [W_MEMBER_NOTFOUND] = "Cadastro não encontrado neste terminal",
    [W_MEMBER_REMOVED] = "Cliente retirado da venda",
    [W_MEMBER_CHANGED] = "Cliente trocado",
    [W_MEMBER_ENROLLED] = "Cliente cadastrado",
    [W_MEMBER_ENROL_KIND] = "O cadastro pede CPF ou celular",
    [W_MEMBER_AGAIN] = "Identifique o cliente de novo",
    [W_SALE_SAVED] = "Venda registrada",
    [W_SALE_CANCELLED] = "Venda cancelada: nada foi registrado",
    [W_SALE_REMOVED] = "Excluído: {name}",
    [W_SALE_NOT_SAVED] = "Venda NÃO registrada: falha ao gravar",
    [W_SALE_RESTORED] = "Venda não registrada: confira os itens e o cliente",
    [W_SALE_TOO_LARGE] = "Venda grande demais: conclua esta e abra outra",
    [W_SALE_TOO_MUCH] = "Quantidade ou valor grande demais",
    [W_SALE_NO_ITEM] = "Não há item para concluir",
    [W_SALE_OPEN_FIRST] = "Conclua ou cancele a venda aberta antes",
    [W_SALE_BADCODE] = "Código lido com erro: leia de novo",
    [W_SALE_EXPIRED_GOODS] = "Produto vencido em {date}",
    [W_TOPUP_DONE] = "Recarga registrada",
    [W_TOPUP_CANCELLED] = "Recarga cancelada: nada foi registrado",
    [W_TOPUP_NONE] = "O programa não tem recargas",
    [W_TOPUP_MISMATCH] = "Os 4 últimos dígitos não são os mesmos",
    [W_TOPUP_NODDD] = "DDD inexistente",
    [W_TOPUP_NINTH] = "Falta o nono dígito",
    [W_TOPUP_FIXED] = "Telefone fixo não recebe recarga",
    [W_TOPUP_NOT_SAVED] = "Recarga NÃO registrada: falha ao gravar",
    [W_VOID_DONE] = "Estorno registrado",
    [W_VOID_REQUESTED] = "Pedido de estorno registrado: a central responde",
    [W_VOID_AGAIN] = "Esta venda já foi estornada",
    [W_VOID_NOTFOUND] = "Venda não encontrada neste terminal",
    [W_VOID_NOT_THIS] = "Só vendas e recargas são estornadas",
    [W_VOID_NOTHING_LEFT] = "Desta venda nada resta: tudo foi devolvido",
    [W_VOID_REQUEST] = "A operadora já creditou: isto é um pedido à central",
    [W_NOT_SAVED] = "NÃO registrado: falha ao gravar",
    [W_LAST_NONE] = "Ainda não há vendas neste terminal",
    [W_CARD_PAYMENT] = "Cartão de pagamento recusado – nada foi guardado",
    [W_CARD_MISREAD] = "Leitura falhou: passe de novo",
    [W_CARD_BLANK] = "Cartão sem gravação",
    [W_CARD_ENCRYPTED] = "Leitor cifrado: este terminal não lê pagamentos",
    [W_CARD_FOREIGN] = "Este cartão não é do programa",
    [W_CODE_TOO_LONG] = "Código longo demais: leia de novo",
    [W_CODE_BILL] = "Boleto não é aceito aqui",
    [W_CODE_COLLECTION] = "Conta de consumo não é aceita aqui",
    [W_CODE_PIX] = "QR de Pix: use o terminal de pagamento",
    [W_CODE_FISCAL] = "Nota fiscal: este programa ainda não a recebe",
    [W_CODE_COUPON] = "Cupom não é aceito aqui",
    [W_CODE_UNKNOWN] = "Código não reconhecido",
    [W_CODE_NOT_NOW] = "Agora não: termine este passo ou tecle Esc",
    [W_TYPE_AHEAD_FULL] = "Rápido demais: a última leitura se perdeu, leia de novo",
    [W_READER_MISSING] = "Leitor desconectado: {name}",
    [W_READER_BACK] = "Leitor conectado: {name}",
    [W_ERR_REQUIRED] = "Campo obrigatório",
    [W_ERR_CPF] = "CPF inválido",
    [W_ERR_PHONE] = "Celular inválido",
    [W_ERR_VALUE] = "Valor inválido",
    [W_ERR_QTY] = "Quantidade inválida",
    [W_ERR_CHOICE] = "Não há essa opção",
    [W_CLERK_WELCOME] = "Caixa aberto. Bom trabalho, {name}!",
    [W_CLERK_CHANGED] = "Agora atende: {name}",
    [W_CLERK_WRONG] = "Código ou senha incorretos",
    [W_CLERK_WRONG_LEFT] =
	"Senha incorreta: {n:resta:restam} {n} {n:tentativa:tentativas}",
    [W_CLERK_LOCKED] = "Operador bloqueado por tentativas: chame o gerente",
    [W_CLERK_UNKNOWN] = "Operador sem cadastro nesta loja",
    [W_CLERK_NOT_CHECKED] = "A senha não pôde ser conferida: digite de novo",
    [W_CASH_CLOSED] = "Caixa fechado",
    [W_CASH_PENDING] = "Caixa fechado com {n} {n:registro:registros} por enviar",

    /* status line */
    [W_LINK_ON] = "Conectado",
    [W_LINK_OFF] = "Sem conexão",
    [W_LINK_NEVER] = "Ainda sem contato",
    [W_LINK_REFUSED] = "Conexão recusada",
    [W_LINK_STOPPED] = "Envio parado",
    [W_LINK_SENT] = "tudo enviado",
    [W_LINK_QUEUE] = "{n} por enviar",
    [W_LINK_QUEUE_SHORT] = "fila {n}",
    [W_LINK_OLDEST] = "há {age}",
    [W_AGE_SECONDS] = "{n} s",
    [W_AGE_MINUTES] = "{n} min",
    [W_AGE_HOURS] = "{n} h",
    [W_AGE_DAYS] = "{n} {n:dia:dias}",
    [W_CLOCK_UNSURE] = "Relógio incerto",
    [W_TRAINING] = "TREINAMENTO",
    [W_PROGRAMME_EXPIRED] = "Programa vencido",
    [W_STATUS_NO_CLERK] = "sem operador",

    /* warnings */
    [W_WARN_STICK] =
	"{n} {n:dia:dias} sem conexão: leve as vendas no pendrive (cabem mais {room})",
    [W_WARN_HELD] = "{n} {n:lote retido:lotes retidos} pela central: chame o suporte",
    [W_WARN_REFUSED] = "A central recusou {n} {n:registro:registros}: {name}",
    [W_WARN_CERT] = "Certificado vence em {n} {n:dia:dias}: chame o suporte",
    [W_WARN_CERT_OVER] = "Certificado vencido: chame o suporte",
    [W_DISK_LOW] = "Pouco espaço: envie as vendas",
    [W_DISK_FULL] = "Memória cheia: vendas suspensas",
    [W_JOURNAL_BROKEN] = "Arquivo de vendas com falha: chame o suporte",

    /* set-up states */
    [W_SETUP_NOT_ENROLLED] = "Este terminal ainda não foi ativado",
    [W_SETUP_ENROL_HOW] = "O técnico ativa com o código da central: balcao enrol",
    [W_SETUP_NO_PROGRAMME] = "O programa da loja ainda não chegou",
    [W_SETUP_PROGRAMME_HOW] = "Ligue o terminal à rede: balcao sync",
    [W_SETUP_NO_CLERKS] = "O programa não tem operadores para esta loja",
    [W_SETUP_CALL] = "Precisa de ajuda? balcao status diz o que falta",
    [W_TOO_SMALL] = "Tela pequena: precisa de 40×16",

    /* lists and screens */
    [W_MORE_ABOVE] = "mais {n} acima",
    [W_MORE_BELOW] = "mais {n} abaixo",
    [W_POINTS_UNIT] = "{n:ponto:pontos}",
    [W_POINTS_COUNT] = "{n} {n:ponto:pontos}",
    [W_RECEIPT] = "Comprovante",
    [W_WHY_ON] = "sobre {value}",
    [W_BALANCE_ASOF] = "em {date}",
    [W_HELP_TRY] = "Para experimentar",
    [W_HELP_KEYS] =
	"Sem teclas F? Esc e um dígito valem o mesmo: Esc 2 é F2, Esc 0 é F10.",

    /* help, one text for each state (in parentheses: lines of one text) */
    [W_HELP_CLOSED] =
	("O caixa está fechado. Para abrir, escolha ou digite seu código de "
	 "operador, tecle Enter e digite a senha. A senha tem seis dígitos ou "
	 "mais e aparece como pontos.\nCinco senhas erradas bloqueiam o "
	 "operador; o gerente pode entrar com a sua."),
    [W_HELP_PIN] = ("Digite a senha e tecle Enter. Ela aparece como pontos e não fica "
		    "guardada na tela. Backspace apaga um dígito; Esc volta sem "
		    "entrar.\nCinco senhas erradas bloqueiam o operador."),
    [W_HELP_IDLE] =
	("Leia ou digite qualquer coisa: o terminal sabe se é produto, cartão "
	 "do programa, CPF ou celular. Um produto abre a venda; um cliente "
	 "pode ser lido antes, durante ou no fim.\nF2 faz uma recarga, F3 "
	 "mostra as últimas vendas, onde se estorna. F8 troca o operador e F10 "
	 "fecha o caixa.\nCartão de pagamento é recusado e nada dele é "
	 "guardado."),
    [W_HELP_SALE] =
	("Leia cada item; o mesmo código de novo soma uma unidade. Com as "
	 "setas escolha um item, F6 muda a quantidade e Del o exclui.\nLeia o "
	 "cliente a qualquer momento; F4 o retira da venda. F5 conclui: a "
	 "venda só está feita quando a tela diz “registrada”. Esc pergunta se "
	 "cancela tudo."),
    [W_HELP_PRICE] =
	("Este produto não tem preço no programa. Digite o valor; os dígitos "
	 "entram como centavos: 1 2 9 9 é R$ 12,99. Enter confirma, Esc "
	 "desiste do item."),
    [W_HELP_QTY] =
	("Digite quantas unidades (ou o peso em gramas, se é vendido por peso) "
	 "e tecle Enter. Esc deixa como estava."),
    [W_HELP_WHICH] =
	("Esses onze dígitos servem como CPF e como celular. Pergunte ao "
	 "cliente e tecle 1 para CPF ou 2 para celular. Esc abandona o número."),
    [W_HELP_ENROL] = ("Mostre ou leia o texto ao cliente. Se ele aceita, digite o CPF ou "
		      "o celular e tecle Enter: o aceite e a versão do texto ficam "
		      "registrados. Esc desiste e nada é guardado."),
    [W_HELP_TOPUP_OPERATOR] =
	("Escolha a operadora pelo número da linha, ou com as setas e Enter. O "
	 "número do celular não diz qual é a operadora: pergunte ao cliente."),
    [W_HELP_TOPUP_VALUE] =
	("Escolha o valor pelo número da linha, ou com as setas e Enter. Ao "
	 "lado está por quantos dias o crédito vale: diga ao cliente antes de "
	 "receber."),
    [W_HELP_TOPUP_NUMBER] =
	("Digite DDD e número do celular a recarregar, onze dígitos. Se for o "
	 "celular do próprio cliente identificado, Enter sem digitar o "
	 "usa.\nPara outro número, os quatro últimos dígitos são pedidos de "
	 "novo."),
    [W_HELP_TOPUP_AGAIN] =
	("Digite de novo só os quatro últimos dígitos do celular, de "
	 "preferência como o cliente os diz. Se não forem os mesmos, o número "
	 "é pedido outra vez."),
    [W_HELP_TOPUP_CONFIRM] =
	("Faça a recarga no aparelho da operadora. Só quando ele confirmar, "
	 "tecle Enter aqui para registrar. Se ele não confirmou, tecle Esc: "
	 "nada é registrado."),
    [W_HELP_LAST] =
	("As vendas mais novas estão em cima. Escolha uma com as setas ou pelo "
	 "número e tecle Enter para estornar. O comprovante também pode ser "
	 "lido. Esc volta sem mudar nada."),
    [W_HELP_VOID] =
	("Enter registra o estorno; a venda não é apagada, um novo registro a "
	 "desfaz e os pontos voltam. O estorno de uma recarga é um pedido: a "
	 "operadora já creditou, e a central responde."),
    [W_HELP_CONFIRM] = ("Confira o total com o cliente. Enter registra a venda; ela só "
			"está feita quando a tela diz “registrada”. Ler outro item ou o "
			"cliente continua a venda, e Esc volta a ela."),
    [W_HELP_SUMMARY] =
	("O que este turno registrou. Enter fecha o caixa e envia o que falta; "
	 "Esc volta a atender. Pode-se fechar sem conexão: o que falta enviar "
	 "fica guardado e segue depois."),
    [W_HELP_DONE] =
	("Está registrado e guardado neste terminal, com ou sem conexão. Leia "
	 "ou digite o próximo código, ou tecle Enter, para a próxima venda."),
    [W_HELP_SETUP] =
	("Este terminal ainda não pode vender. O técnico o ativa com o código "
	 "que a central emite (balcao enrol) e traz o programa da loja (balcao "
	 "sync). O comando balcao status diz, em palavras, o que falta e o que "
	 "fazer."),
};
