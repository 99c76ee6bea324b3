/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Proposals: parsing, expansion to one algorithm of each kind, and what is left of them when the
 * daemon lacks some. Expansion, because IKEv1 takes the first algorithm of each kind in a proposal
 * and forgets the others. */

#include "l2tp-ipsec-proposals.h"

#include <string.h>

#include "service/base/l2tp-error.h"

#define MAX_PROPOSALS 64

typedef enum
{
  CIPHER,
  AEAD,
  INTEGRITY,
  PRF,
  GROUP,
  ESN,
  N_KINDS,
} Kind;

typedef struct
{
  const char *word; /* strongSwan's, in a proposal */
  Kind kind;
  const char *name; /* in get-algorithms and list-sas */
  const char *prf;  /* of an INTEGRITY: the word for the function that goes with it */
} Word;

static const Word words[] = {
  { "aes128", CIPHER, "AES_CBC" },
  { "aes192", CIPHER, "AES_CBC" },
  { "aes256", CIPHER, "AES_CBC" },
  { "3des", CIPHER, "3DES_CBC" },
  { "camellia128", CIPHER, "CAMELLIA_CBC" },
  { "camellia192", CIPHER, "CAMELLIA_CBC" },
  { "camellia256", CIPHER, "CAMELLIA_CBC" },
  { "aes128gcm8", AEAD, "AES_GCM_8" },
  { "aes256gcm8", AEAD, "AES_GCM_8" },
  { "aes128gcm12", AEAD, "AES_GCM_12" },
  { "aes256gcm12", AEAD, "AES_GCM_12" },
  { "aes128gcm16", AEAD, "AES_GCM_16" },
  { "aes192gcm16", AEAD, "AES_GCM_16" },
  { "aes256gcm16", AEAD, "AES_GCM_16" },
  { "chacha20poly1305", AEAD, "CHACHA20_POLY1305" },
  { "md5", INTEGRITY, "HMAC_MD5_96", "prfmd5" },
  { "sha1", INTEGRITY, "HMAC_SHA1_96", "prfsha1" },
  { "sha256", INTEGRITY, "HMAC_SHA2_256_128", "prfsha256" },
  { "sha384", INTEGRITY, "HMAC_SHA2_384_192", "prfsha384" },
  { "sha512", INTEGRITY, "HMAC_SHA2_512_256", "prfsha512" },
  { "sha256_96", INTEGRITY, "HMAC_SHA2_256_96", "prfsha256" },
  { "aesxcbc", INTEGRITY, "AES_XCBC_96", "prfaesxcbc" },
  { "aescmac", INTEGRITY, "AES_CMAC_96", "prfaescmac" },
  { "prfmd5", PRF, "PRF_HMAC_MD5" },
  { "prfsha1", PRF, "PRF_HMAC_SHA1" },
  { "prfsha256", PRF, "PRF_HMAC_SHA2_256" },
  { "prfsha384", PRF, "PRF_HMAC_SHA2_384" },
  { "prfsha512", PRF, "PRF_HMAC_SHA2_512" },
  { "prfaesxcbc", PRF, "PRF_AES128_XCBC" },
  { "prfaescmac", PRF, "PRF_AES128_CMAC" },
  { "modp1024", GROUP, "MODP_1024" },
  { "modp1536", GROUP, "MODP_1536" },
  { "modp2048", GROUP, "MODP_2048" },
  { "modp3072", GROUP, "MODP_3072" },
  { "modp4096", GROUP, "MODP_4096" },
  { "modp6144", GROUP, "MODP_6144" },
  { "modp8192", GROUP, "MODP_8192" },
  { "modp1024s160", GROUP, "MODP_1024_160" },
  { "modp2048s224", GROUP, "MODP_2048_224" },
  { "modp2048s256", GROUP, "MODP_2048_256" },
  { "ecp256", GROUP, "ECP_256" },
  { "ecp384", GROUP, "ECP_384" },
  { "ecp521", GROUP, "ECP_521" },
  { "curve25519", GROUP, "CURVE_25519" },
  { "esn", ESN, NULL },
  { "noesn", ESN, NULL },
};

/* Other spellings, underscores left out: both daemons have several. */
static const struct
{
  const char *spelling, *word;
} spellings[] = {
  { "aes", "aes128" },
  { "aescbc", "aes128" },
  { "aescbc128", "aes128" },
  { "aescbc192", "aes192" },
  { "aescbc256", "aes256" },
  { "3descbc", "3des" },
  { "camellia", "camellia128" },
  { "aesgcm", "aes128gcm16" },
  { "aesgcm128", "aes128gcm16" },
  { "aesgcm192", "aes192gcm16" },
  { "aesgcm256", "aes256gcm16" },
  { "aesgcmc", "aes128gcm16" },
  { "aesgcmc128", "aes128gcm16" },
  { "aesgcmc256", "aes256gcm16" },
  { "aesgcm16128", "aes128gcm16" },
  { "aesgcm16256", "aes256gcm16" },
  { "aesgcm12128", "aes128gcm12" },
  { "aesgcm12256", "aes256gcm12" },
  { "aesgcmb128", "aes128gcm12" },
  { "aesgcmb256", "aes256gcm12" },
  { "aesgcm8128", "aes128gcm8" },
  { "aesgcm8256", "aes256gcm8" },
  { "aesgcma128", "aes128gcm8" },
  { "aesgcma256", "aes256gcm8" },
  { "aes128gcm", "aes128gcm16" },
  { "aes192gcm", "aes192gcm16" },
  { "aes256gcm", "aes256gcm16" },
  { "aes128gcm64", "aes128gcm8" },
  { "aes256gcm64", "aes256gcm8" },
  { "aes128gcm96", "aes128gcm12" },
  { "aes256gcm96", "aes256gcm12" },
  { "aes128gcm128", "aes128gcm16" },
  { "aes256gcm128", "aes256gcm16" },
  { "hmacmd5", "md5" },
  { "sha", "sha1" },
  { "hmacsha1", "sha1" },
  { "sha2", "sha256" },
  { "sha2256", "sha256" },
  { "hmacsha2256", "sha256" },
  { "sha2384", "sha384" },
  { "hmacsha2384", "sha384" },
  { "sha2512", "sha512" },
  { "hmacsha2512", "sha512" },
  { "sha25696", "sha256_96" },
  { "sha225696", "sha256_96" },
  { "sha2256truncbug", "sha256_96" },
  { "dh2", "modp1024" },
  { "dh5", "modp1536" },
  { "dh14", "modp2048" },
  { "dh15", "modp3072" },
  { "dh16", "modp4096" },
  { "dh17", "modp6144" },
  { "dh18", "modp8192" },
  { "dh19", "ecp256" },
  { "dh20", "ecp384" },
  { "dh21", "ecp521" },
  { "dh22", "modp1024s160" },
  { "dh23", "modp2048s224" },
  { "dh24", "modp2048s256" },
  { "dh31", "curve25519" },
  { "x25519", "curve25519" },
};

/* Some LNSs take the first of the client's that they know, hence the order; some choke on long
 * lists, hence two. MD5 and single DES are in neither. */
static const char modern_ike[] = "aes256-sha256-ecp384,aes256-sha256-ecp256,aes256-sha256-modp2048,"
                                 "aes128-sha256-modp2048,aes256-sha1-ecp384,aes256-sha1-modp2048,"
                                 "aes128-sha1-ecp256,aes128-sha1-modp2048";
static const char legacy_ike[] = "aes256-sha256-modp1536,aes256-sha1-modp1536,aes128-sha1-modp1536,"
                                 "aes256-sha256-modp1024,aes256-sha1-modp1024,aes128-sha1-modp1024,"
                                 "3des-sha1-modp2048,3des-sha1-modp1024";
static const char modern_esp[] = "aes256gcm16,aes256-sha256,aes128-sha256,aes256-sha1,aes128-sha1";
static const char legacy_esp[] = "3des-sha1";

/* What a proposal says, and what is taken where it says nothing. */
typedef struct
{
  const Word *said[N_KINDS][8];
  guint n[N_KINDS];
} Draft;

typedef struct
{
  const Word *of[N_KINDS];
} Proposal;

static const Word *
find_word (const char *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (strcmp (words[i].word, text) == 0)
      return &words[i];
  return NULL;
}

static const Word *
find_spelling (const char *text)
{
  g_autofree char *lower = g_ascii_strdown (text, -1);
  const Word *word = find_word (lower);
  g_auto (GStrv) parts = NULL;
  g_autofree char *joined = NULL;

  if (word != NULL)
    return word;
  parts = g_strsplit (lower, "_", -1);
  joined = g_strjoinv ("", parts);
  for (gsize i = 0; i < G_N_ELEMENTS (spellings); i++)
    if (strcmp (spellings[i].spelling, joined) == 0)
      return find_word (spellings[i].word);
  return find_word (joined);
}

static void
add_word (Draft *draft, const Word *word)
{
  if (draft->n[word->kind] < G_N_ELEMENTS (draft->said[word->kind]))
    draft->said[word->kind][draft->n[word->kind]++] = word;
}

static void
add_defaults (Draft *draft, gboolean is_ike)
{
  if (draft->n[CIPHER] > 0 && draft->n[INTEGRITY] == 0)
    {
      add_word (draft, find_word ("sha256"));
      add_word (draft, find_word ("sha1"));
    }
  if (is_ike && draft->n[CIPHER] == 0 && draft->n[INTEGRITY] == 0 && draft->n[PRF] == 0)
    add_word (draft, find_word ("prfsha256"));
  if (is_ike && draft->n[GROUP] == 0)
    {
      add_word (draft, find_word ("modp2048"));
      add_word (draft, find_word ("modp1024"));
    }
}

static gboolean
parse_proposal (const char *key, const char *text, Draft *ret_draft, GError **error)
{
  g_auto (GStrv) tokens = g_strsplit_set (text, "-;+", -1);
  Draft draft = { 0 };

  for (char **token = tokens; *token != NULL; token++)
    {
      const Word *word = find_spelling (g_strstrip (*token));

      if (word == NULL)
        {
          g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS,
                       "%s: unknown algorithm \"%s\" in \"%s\"\n"
                       "Write proposals like aes256-sha256-modp2048, with commas between them.",
                       key, *token, text);
          return FALSE;
        }
      add_word (&draft, word);
    }
  if ((draft.n[CIPHER] == 0) == (draft.n[AEAD] == 0))
    {
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS,
                   "%s: \"%s\" names %s\n"
                   "Write proposals like aes256-sha256-modp2048, with commas between them.",
                   key, text,
                   draft.n[CIPHER] == 0 ? "no cipher"
                                        : "two kinds of ciphers, which is two proposals");
      return FALSE;
    }
  *ret_draft = draft;
  return TRUE;
}

/* With AEAD, what would be the integrity algorithm is the pseudo-random function. */
static Proposal
settle (const Proposal *choice, gboolean is_ike)
{
  Proposal proposal = *choice;

  if (proposal.of[AEAD] != NULL)
    {
      if (proposal.of[PRF] == NULL && proposal.of[INTEGRITY] != NULL)
        proposal.of[PRF] = find_word (proposal.of[INTEGRITY]->prf);
      proposal.of[INTEGRITY] = NULL;
    }
  if (is_ike)
    proposal.of[ESN] = NULL;
  else
    proposal.of[PRF] = NULL;
  return proposal;
}

static gboolean
is_listed (GArray *proposals, const Proposal *proposal)
{
  for (guint i = 0; i < proposals->len; i++)
    if (memcmp (&g_array_index (proposals, Proposal, i), proposal, sizeof *proposal) == 0)
      return TRUE;
  return FALSE;
}

/* Appends every combination of one word of each kind. */
static void
expand (const Draft *draft, gboolean is_ike, GArray *proposals)
{
  guint n_combinations = 1;

  for (guint kind = 0; kind < N_KINDS; kind++)
    n_combinations *= MAX (draft->n[kind], 1);
  for (guint i = 0; i < n_combinations && proposals->len < MAX_PROPOSALS; i++)
    {
      Proposal choice = { 0 };
      Proposal proposal;
      guint rest = i;

      for (guint kind = N_KINDS; kind-- > 0;)
        if (draft->n[kind] > 0)
          {
            choice.of[kind] = draft->said[kind][rest % draft->n[kind]];
            rest /= draft->n[kind];
          }
      proposal = settle (&choice, is_ike);
      if (!is_listed (proposals, &proposal))
        g_array_append_val (proposals, proposal);
    }
}

static GArray *
parse (const char *key, const char *text, gboolean is_ike, GError **error)
{
  g_autoptr (GArray) proposals = g_array_new (FALSE, FALSE, sizeof (Proposal));
  g_autofree char *plain = g_strdup (text);
  g_auto (GStrv) parts = NULL;

  /* strongSwan's mark for "these only", which we do anyway. */
  g_strstrip (plain);
  if (g_str_has_suffix (plain, "!"))
    plain[strlen (plain) - 1] = '\0';
  parts = g_strsplit (plain, ",", -1);
  for (char **part = parts; *part != NULL; part++)
    {
      Draft draft;

      if (!parse_proposal (key, g_strstrip (*part), &draft, error))
        return NULL;
      add_defaults (&draft, is_ike);
      expand (&draft, is_ike, proposals);
    }
  if (*parts == NULL && !parse_proposal (key, "", &(Draft){ 0 }, error))
    return NULL;
  return g_steal_pointer (&proposals);
}

static gboolean
has_all (const Proposal *proposal, GHashTable *loaded, const Word **ret_missing)
{
  if (loaded == NULL)
    return TRUE;
  for (guint kind = 0; kind < N_KINDS; kind++)
    {
      const Word *word = proposal->of[kind];
      const Word *prf;

      if (word == NULL || word->name == NULL)
        continue;
      prf = word->prf != NULL ? find_word (word->prf) : NULL;
      if (!g_hash_table_contains (loaded, word->name) ||
          (prf != NULL && !g_hash_table_contains (loaded, prf->name)))
        {
          *ret_missing = word;
          return FALSE;
        }
    }
  return TRUE;
}

static char *
format (const Proposal *proposal)
{
  GString *text = g_string_new (NULL);

  for (guint kind = 0; kind < N_KINDS; kind++)
    if (proposal->of[kind] != NULL)
      g_string_append_printf (text, "%s%s", text->len > 0 ? "-" : "", proposal->of[kind]->word);
  return g_string_free (text, FALSE);
}

static char **
finish (const char *key, GArray *proposals, gboolean is_ike, GHashTable *loaded, GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  const Word *missing = NULL;

  for (guint i = 0; i < proposals->len; i++)
    {
      const Proposal *proposal = &g_array_index (proposals, Proposal, i);
      Proposal asked = *proposal;

      if (!is_ike) /* the kernel's matter */
        asked.of[CIPHER] = asked.of[AEAD] = asked.of[INTEGRITY] = NULL;
      if (has_all (&asked, loaded, &missing))
        g_ptr_array_add (texts, format (proposal));
    }
  if (texts->len == 0)
    {
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_MISSING_DEPENDENCY,
                   "%s: strongSwan can do none of these proposals, it lacks %s\n"
                   "Install its package libstrongswan-standard-plugins, which has the plugin "
                   "openssl, or choose other proposals.",
                   key, missing != NULL ? missing->word : "everything");
      return NULL;
    }
  g_ptr_array_add (texts, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&texts), FALSE);
}

char **
l2tp_ipsec_proposals_make_ike (const char *custom,
                               gboolean compatible,
                               GHashTable *loaded,
                               GError **error)
{
  g_autofree char *ours = g_strconcat (modern_ike, compatible ? "," : NULL, legacy_ike, NULL);
  g_autoptr (GArray) proposals = parse ("ipsec-ike", custom != NULL ? custom : ours, TRUE, error);

  return proposals != NULL ? finish ("ipsec-ike", proposals, TRUE, loaded, error) : NULL;
}

char **
l2tp_ipsec_proposals_make_esp (const char *custom,
                               gboolean compatible,
                               const char *pfs_group,
                               GHashTable *loaded,
                               GError **error)
{
  g_autofree char *ours = g_strconcat (modern_esp, compatible ? "," : NULL, legacy_esp, NULL);
  g_autoptr (GArray) parsed = parse ("ipsec-esp", custom != NULL ? custom : ours, FALSE, error);
  g_autoptr (GArray) proposals = g_array_new (FALSE, FALSE, sizeof (Proposal));
  const Word *group = pfs_group != NULL ? find_word (pfs_group) : NULL;

  if (parsed == NULL)
    return NULL;
  for (guint i = 0; i < parsed->len; i++)
    {
      Proposal proposal = g_array_index (parsed, Proposal, i);

      if (group == NULL)
        proposal.of[GROUP] = NULL;
      else if (proposal.of[GROUP] == NULL)
        proposal.of[GROUP] = group;
      if (!is_listed (proposals, &proposal))
        g_array_append_val (proposals, proposal);
    }
  return finish ("ipsec-esp", proposals, FALSE, loaded, error);
}

gboolean
l2tp_ipsec_proposals_names_group (const char *custom)
{
  g_autoptr (GArray) proposals = parse ("ipsec-esp", custom, FALSE, NULL);

  for (guint i = 0; proposals != NULL && i < proposals->len; i++)
    if (g_array_index (proposals, Proposal, i).of[GROUP] != NULL)
      return TRUE;
  return FALSE;
}

const char *
l2tp_ipsec_proposals_group_from_name (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (words[i].kind == GROUP && g_strcmp0 (words[i].name, name) == 0)
      return words[i].word;
  return NULL;
}

gboolean
l2tp_ipsec_proposals_is_weak (const char *name)
{
  static const char *const weak[] = { "3DES_CBC",      "HMAC_MD5_96", "MODP_1024",
                                      "MODP_1024_160", "MODP_1536",   NULL };

  return name != NULL && g_strv_contains (weak, name);
}
