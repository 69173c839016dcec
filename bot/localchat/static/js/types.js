// @ts-check
/**
 * The objects of the person side, as docs/localchat.md describes them.
 * @typedef {{id: number, first_name: string, username?: string | null, language_code?: string | null, avatar_color?: string | null}} Person
 * @typedef {{command: string, description: string}} Command
 * @typedef {{id: number, first_name: string, username: string, commands?: Command[], description?: string, short_description?: string}} Bot
 * @typedef {"private" | "group" | "supergroup" | "channel"} ChatType
 * @typedef {{id: number, type: ChatType, title: string, member_count?: number, role: "member" | "administrator" | "creator" | null,
 *   last_message: Message | null, unread?: number, blocked?: boolean, bot_status?: string | null}} Chat
 * @typedef {{type: string, offset: number, length: number, url?: string, language?: string, user?: any}} Entity
 * @typedef {{text: string, kind: "callback" | "url" | "copy", data?: string, url?: string}} InlineButton
 * @typedef {{text: string, kind: string, request_id?: number, chat_is_channel?: boolean}} ReplyButton
 * @typedef {{id: number, name: string, is_bot: boolean, anonymous?: boolean}} Sender
 * @typedef {{id: number, chat_id: number, from: Sender | null, sender_chat?: any, date: number, edit_date?: number | null,
 *   text?: string | null, caption?: string | null, entities?: Entity[], caption_entities?: Entity[],
 *   photo?: {file_id: string, width: number, height: number} | null,
 *   document?: {file_id: string, file_name?: string, mime_type?: string, size?: number} | null,
 *   media_group_id?: string | null, reply_to?: number | null, keyboard?: InlineButton[][] | null,
 *   reply_keyboard?: ReplyButton[][] | {remove: true} | {force_reply: true, placeholder?: string | null} | null, deleted?: boolean, service?: string | null}} Message
 * @typedef {{local_id: string, chat_id: number, date: number, text: string, files: File[], previews: string[], as: "photo" | "document",
 *   reply_to: number | null, start?: string, state: "sending" | "failed", reason?: Error}} Pending
 */
export {};
