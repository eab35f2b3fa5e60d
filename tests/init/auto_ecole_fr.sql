-- A French driving school in the Merise manner: columns that begin with their table, O and N for yes and no.
CREATE SCHEMA auto_ecole;
SET search_path = auto_ecole;
CREATE TABLE "T_AGENCE" ("AGE_ID" serial PRIMARY KEY, "AGE_NOM" text, "AGE_ADRESSE" text, "AGE_TEL" text);
CREATE TABLE "T_MONITEUR" ("MON_ID" serial PRIMARY KEY, "MON_NOM" text, "MON_PRENOM" text, "MON_TEL" text, "MON_PORTABLE" text, "AGE_ID" int REFERENCES "T_AGENCE", "MON_LOGIN" text);
CREATE TABLE "T_ELEVE" (
    "ELE_ID" serial PRIMARY KEY, "ELE_CIVILITE" varchar(5), "ELE_NOM" text, "ELE_PRENOM" text, "ELE_DATE_NAISSANCE" date, "ELE_LIEU_NAISSANCE" text, "ELE_NEPH" varchar(12),
    "ELE_ADRESSE" text, "ELE_CP" char(5), "ELE_VILLE" text, "ELE_TEL" text, "ELE_PORTABLE" text, "ELE_MEL" text,
    "ELE_OPTIN_MEL" char(1) CHECK ("ELE_OPTIN_MEL" IN ('O','N')), "ELE_OPTIN_SMS" char(1) CHECK ("ELE_OPTIN_SMS" IN ('O','N')), "ELE_PROSPECTION" smallint,
    "ELE_APTITUDE_MEDICALE" text, "ELE_RESP_LEGAL" int REFERENCES "T_ELEVE", "ELE_CREE_PAR" text, "ELE_MODIF_PAR" text, "ELE_DT_MODIF" timestamp);
CREATE TABLE "T_RESPONSABLE" ("RES_ID" serial PRIMARY KEY, "ELE_ID" int REFERENCES "T_ELEVE", "RES_NOM" text, "RES_PRENOM" text, "RES_LIEN" text, "RES_PORTABLE" text, "RES_MEL" text);
CREATE TABLE "T_DOSSIER" ("DOS_ID" serial PRIMARY KEY, "ELE_ID" int NOT NULL REFERENCES "T_ELEVE", "DOS_NUM" text UNIQUE, "DOS_ETAT" text CHECK ("DOS_ETAT" IN ('ouvert','clos')), "DOS_DATE" date, "UTI_MODIF" text);
CREATE TABLE "T_PIECE" ("PIE_ID" serial PRIMARY KEY, "DOS_ID" int REFERENCES "T_DOSSIER", "PIE_TYPE" text, "PIE_FICHIER" text);
CREATE TABLE "T_LECON" ("LEC_ID" serial PRIMARY KEY, "ELE_ID" int REFERENCES "T_ELEVE", "MON_ID" int REFERENCES "T_MONITEUR", "VEH_ID" int, "LEC_DEBUT" timestamp, "LEC_OBS" text);
CREATE TABLE "T_VEHICULE" ("VEH_ID" serial PRIMARY KEY, "VEH_IMMAT" text, "VEH_MARQUE" text);
CREATE TABLE "T_EXAMEN" ("EXA_ID" serial PRIMARY KEY, "ELE_ID" int REFERENCES "T_ELEVE", "EXA_DATE" date, "EXA_CENTRE" text, "EXA_RESULTAT" text, "EXA_INSPECTEUR" text);
CREATE TABLE "T_FORMULE" ("FOR_ID" serial PRIMARY KEY, "FOR_LIBELLE" text, "FOR_PRIX" numeric);
CREATE TABLE "T_FACTURE" ("FAC_NUM" text PRIMARY KEY, "ELE_ID" int REFERENCES "T_ELEVE", "FAC_DATE" date, "FAC_TTC" numeric, "FAC_NOM_PAYEUR" text, "FAC_ADR" text);
CREATE TABLE "T_LIGNE_FACTURE" ("LIG_ID" serial PRIMARY KEY, "FAC_NUM" text REFERENCES "T_FACTURE", "FOR_ID" int, "LIG_QTE" int);
CREATE TABLE "T_REGLEMENT" ("REG_ID" serial PRIMARY KEY, "FAC_NUM" text REFERENCES "T_FACTURE", "REG_MODE" text, "REG_IBAN" text, "REG_MONTANT" numeric);
CREATE TABLE "T_RECU" ("REC_ID" serial PRIMARY KEY, "REG_ID" int REFERENCES "T_REGLEMENT", "REC_DATE" date, "REC_EMAIL_ENVOYE" text);
CREATE TABLE "T_DESABONNEMENT" ("DES_ID" serial PRIMARY KEY, "DES_MEL" text NOT NULL, "DES_DATE" timestamp, "DES_MOTIF" text);
CREATE TABLE "T_STOP_SMS" ("STO_NUMERO" text PRIMARY KEY, "STO_DATE" timestamp);
CREATE TABLE "T_MAILING" ("MAI_ID" serial PRIMARY KEY, "MAI_OBJET" text, "MAI_DATE" date);
CREATE TABLE "T_ENVOI" ("ENV_ID" serial PRIMARY KEY, "MAI_ID" int REFERENCES "T_MAILING", "ELE_ID" int REFERENCES "T_ELEVE", "ENV_ADRESSE" text, "ENV_ETAT" text CHECK ("ENV_ETAT" IN ('a_envoyer','envoye','erreur')), "ENV_DATE" timestamp);
CREATE TABLE "T_SMS" ("SMS_ID" serial PRIMARY KEY, "ELE_ID" int, "SMS_NUMERO" text, "SMS_TEXTE" text, "SMS_DATE" timestamp, "SMS_STATUT" text);
CREATE TABLE "T_APPEL" ("APP_ID" serial PRIMARY KEY, "ELE_ID" int REFERENCES "T_ELEVE", "APP_SENS" char(1), "APP_NOTE" text, "APP_UTILISATEUR" text);
CREATE TABLE "T_CONSENTEMENT" ("CON_ID" serial PRIMARY KEY, "ELE_ID" int REFERENCES "T_ELEVE", "CON_CANAL" text CHECK ("CON_CANAL" IN ('mel','portable','courrier')), "CON_ACCORD" boolean, "CON_DATE" timestamp, "CON_PREUVE" text);
CREATE TABLE "T_DEMANDE_RGPD" ("DEM_ID" serial PRIMARY KEY, "ELE_ID" int REFERENCES "T_ELEVE", "DEM_TYPE" text CHECK ("DEM_TYPE" IN ('acces','effacement','opposition')), "DEM_ETAT" text, "DEM_RECUE" date);
CREATE TABLE "T_AVIS" ("AVI_ID" serial PRIMARY KEY, "ELE_ID" int REFERENCES "T_ELEVE", "AVI_NOTE" int, "AVI_TEXTE" text, "AVI_PSEUDO" text);
CREATE TABLE "T_PARRAINAGE" ("PAR_ID" serial PRIMARY KEY, "PAR_PARRAIN" int REFERENCES "T_ELEVE", "PAR_FILLEUL" int REFERENCES "T_ELEVE", "PAR_DATE" date);
CREATE TABLE "T_COMMENTAIRE" ("COM_ID" serial PRIMARY KEY, "COM_OBJET_TYPE" text CHECK ("COM_OBJET_TYPE" IN ('eleve','facture')), "COM_OBJET_ID" text, "COM_TEXTE" text, "COM_AUTEUR" text);
CREATE TABLE "T_JOURNAL" ("JOU_ID" bigserial PRIMARY KEY, "JOU_QUI" text, "JOU_QUOI" text, "JOU_QUAND" timestamp, "JOU_AVANT" text, "JOU_APRES" text);
CREATE TABLE "T_UTILISATEUR" ("UTI_ID" serial PRIMARY KEY, "UTI_LOGIN" text UNIQUE, "UTI_NOM" text, "UTI_MEL" text, "UTI_ACTIF" smallint, "UTI_ADMIN" smallint);
CREATE TABLE "R_ELEVE_GROUPE" ("ELE_ID" int REFERENCES "T_ELEVE", "GRP_ID" int, PRIMARY KEY ("ELE_ID", "GRP_ID"));
CREATE TABLE "T_PARAM" ("PRM_CLE" text PRIMARY KEY, "PRM_VALEUR" text);
INSERT INTO "T_ELEVE"("ELE_CIVILITE","ELE_NOM","ELE_PRENOM","ELE_DATE_NAISSANCE","ELE_LIEU_NAISSANCE","ELE_NEPH","ELE_ADRESSE","ELE_CP","ELE_VILLE","ELE_TEL","ELE_PORTABLE","ELE_MEL","ELE_OPTIN_MEL","ELE_PROSPECTION","ELE_CREE_PAR","ELE_MODIF_PAR") SELECT 'M.','Kanarienvogel','Luc',date '2005-01-01'+i,'Lyon','07136920'||lpad(i::text,4,'0'),i||' rue de la Paix','69001','Lyon','+33 4 72 55 01 '||lpad(i::text,2,'0'),'+33 6 39 98 01 '||lpad(i::text,2,'0'),'luc'||i||'@example.org',CASE i%2 WHEN 0 THEN 'O' ELSE 'N' END,1,'anne','anne' FROM generate_series(1,60) i;
INSERT INTO "T_RESPONSABLE"("ELE_ID","RES_NOM","RES_PRENOM","RES_LIEN","RES_PORTABLE","RES_MEL") SELECT i,'Kanarienvogel','Marie','mère','+33 6 39 98 01 01','marie'||i||'@example.org' FROM generate_series(1,40) i;
INSERT INTO "T_MONITEUR"("MON_NOM","MON_PRENOM","MON_TEL","MON_LOGIN") SELECT 'Kanarienvogel','Paul','+33 6 39 98 02 01','paul' FROM generate_series(1,5) i;
INSERT INTO "T_DOSSIER"("ELE_ID","DOS_NUM","DOS_ETAT","UTI_MODIF") SELECT i,'D'||i,'ouvert','anne' FROM generate_series(1,40) i;
INSERT INTO "T_PIECE"("DOS_ID","PIE_TYPE","PIE_FICHIER") SELECT i,'identité','cni_luc.pdf' FROM generate_series(1,40) i;
INSERT INTO "T_LECON"("ELE_ID","MON_ID","LEC_DEBUT","LEC_OBS") SELECT i,1,now(),'freine trop tard' FROM generate_series(1,40) i;
INSERT INTO "T_FACTURE" SELECT 'F'||i,i,date '2026-01-01',1200,'Marie Kanarienvogel',i||' rue de la Paix 69001 Lyon' FROM generate_series(1,40) i;
INSERT INTO "T_REGLEMENT"("FAC_NUM","REG_MODE","REG_IBAN","REG_MONTANT") SELECT 'F'||i,'prélèvement','FR7630006000011234567890189',100 FROM generate_series(1,40) i;
INSERT INTO "T_DESABONNEMENT"("DES_MEL","DES_DATE") SELECT 'luc'||i||'@example.org',now() FROM generate_series(1,20) i;
INSERT INTO "T_STOP_SMS" SELECT '+33 6 39 98 01 '||lpad(i::text,2,'0'),now() FROM generate_series(1,20) i;
INSERT INTO "T_ENVOI"("ELE_ID","ENV_ADRESSE","ENV_ETAT") SELECT i,'luc'||i||'@example.org','envoye' FROM generate_series(1,40) i;
INSERT INTO "T_SMS"("ELE_ID","SMS_NUMERO","SMS_TEXTE","SMS_STATUT") SELECT i,'+33 6 39 98 01 01','leçon demain','ok' FROM generate_series(1,40) i;
INSERT INTO "T_COMMENTAIRE"("COM_OBJET_TYPE","COM_OBJET_ID","COM_TEXTE","COM_AUTEUR") SELECT 'eleve',i,'Luc Kanarienvogel est timide','anne' FROM generate_series(1,40) i;
INSERT INTO "T_UTILISATEUR"("UTI_LOGIN","UTI_NOM","UTI_MEL") SELECT 'anne'||i,'Anne Kanarienvogel','anne'||i||'@ecole.example' FROM generate_series(1,5) i;
INSERT INTO "T_AVIS"("ELE_ID","AVI_NOTE","AVI_TEXTE","AVI_PSEUDO") SELECT i,5,'super','luc69' FROM generate_series(1,40) i;
