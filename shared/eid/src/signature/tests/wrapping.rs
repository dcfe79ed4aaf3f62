//! Documents in which something else is read than was signed, or could be by another reader.

use super::*;

/// A right document, and its `bankIdSignedData` as it stands in it.
fn right() -> (String, String) {
    let world = World::new();
    let xml = world.signer.sign(&CONTENT).unwrap();
    assert!(document::read(xml.as_bytes()).is_ok());
    let (from, to) = (xml.find("<bankIdSignedData").unwrap(), xml.find("</Object>").unwrap());
    let data = xml[from..to].to_owned();
    (xml, data)
}

fn fault(xml: &str) -> DocumentFault {
    document::read(xml.as_bytes()).map(|_| ()).unwrap_err()
}

#[test]
fn a_second_signed_part_is_refused_wherever_it_stands() {
    let (xml, data) = right();
    let forged = data.replace(&BASE64_STANDARD.encode(TEXT), &BASE64_STANDARD.encode("Avsluta"));
    assert_ne!(forged, data);
    for altered in [
        xml.replace("<Object>", &format!("<Object>{forged}</Object><Object>")),
        xml.replace("</Object>", &format!("</Object><Object>{forged}</Object>")),
        xml.replace("<Object>", &format!("<Object>{forged}")),
        xml.replace("</Object>", &format!("{forged}</Object>")),
        xml.replace(&data, &format!("<wrap>{data}</wrap>{forged}")),
        xml.replace("</KeyInfo>", &format!("{data}</KeyInfo>"))
            .replace(&format!("<Object>{data}"), &format!("<Object>{forged}")),
        xml.replace("<SignatureValue>", &format!("{data}<SignatureValue>")),
        xml.replace(&data, &forged.replace("</bankIdSignedData>", &format!("{data}</bankIdSignedData>"))),
    ] {
        assert!(
            matches!(fault(&altered), DocumentFault::Layout(_) | DocumentFault::Digest(_)),
            "{:?}",
            fault(&altered)
        );
    }
}

#[test]
fn an_id_that_stands_twice_is_refused_though_the_digests_match() {
    let (xml, _) = right();
    for id in ["Id=\"bidSignedData\"", "ID=\"bidKeyInfo\"", "id=\"bidSignedData\""] {
        // The attributes of Signature and Object are signed by nothing.
        for (from, to) in
            [("<Object>", format!("<Object {id}>")), ("<SignatureValue>", format!("<SignatureValue {id}>"))]
        {
            assert!(matches!(fault(&xml.replace(from, &to)), DocumentFault::Layout(_)));
        }
    }
    let harmless = xml.replace("<Object>", "<Object Id=\"other\">");
    assert!(document::read(harmless.as_bytes()).is_ok());
}

#[test]
fn text_that_is_cut_by_a_comment_is_refused_though_the_digests_match() {
    let (xml, _) = right();
    let text = BASE64_STANDARD.encode(TEXT);
    let (start, end) = text.split_at(8);
    for cut in ["<!-- -->", "<?cut?>", "<![CDATA[]]>"] {
        let altered = xml.replace(&text, &format!("{start}{cut}{end}"));
        assert!(matches!(fault(&altered), DocumentFault::Layout(_)), "{cut}");
    }
    for cut in ["<!-- -->", "<?cut?>"] {
        assert!(matches!(
            fault(&xml.replace("<Signature ", &format!("{cut}<Signature "))),
            DocumentFault::Layout(_)
        ));
        assert!(matches!(fault(&format!("{xml}{cut}")), DocumentFault::Layout(_)));
    }
}

#[test]
fn a_document_type_is_refused() {
    let (xml, _) = right();
    let declared = xml.replace("<Signature ", "<!DOCTYPE Signature [<!ENTITY a \"b\">]><Signature ");
    assert_eq!(fault(&declared), DocumentFault::Xml);
    assert_eq!(fault(&" ".repeat(1_000_001)), DocumentFault::Xml);
    assert_eq!(fault(&"<Signature>".repeat(1000)), DocumentFault::Xml);
}

#[test]
fn other_algorithms_transforms_and_references_are_refused() {
    let (xml, _) = right();
    let one = "<Transform Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"></Transform>";
    for (from, to) in [
        ("xmldsig-more#rsa-sha256", "xmldsig-more#rsa-sha512"),
        ("2001/04/xmlenc#sha256", "2000/09/xmldsig#sha1"),
        ("REC-xml-c14n-20010315", "REC-xml-c14n-20010315#WithComments"),
        ("URI=\"#bidSignedData\"", "URI=\"\""),
        ("URI=\"#bidSignedData\"", "URI=\"#bidKeyInfo\""),
        (" URI=\"#bidKeyInfo\"", ""),
        ("Type=\"http://www.bankid.com/signature/v1.0.0/types\" ", ""),
        (one, &format!("{one}{one}")),
        (one, &one.replace("></", "><XPath>self::text()</XPath></")),
    ] {
        let altered = xml.replacen(from, to, 1);
        assert_ne!(altered, xml, "{from}");
        assert!(
            matches!(fault(&altered), DocumentFault::Layout(_) | DocumentFault::Algorithm(_)),
            "{from}: {:?}",
            fault(&altered)
        );
    }
}

#[test]
fn parts_out_of_order_or_of_another_namespace_are_refused() {
    let (xml, _) = right();
    let (from, to) = (xml.find("<SignatureValue>").unwrap(), xml.find("<KeyInfo").unwrap());
    let value = &xml[from..to];
    let moved = xml.replace(value, "").replace("</Object>", &format!("</Object>{value}"));
    assert_eq!(fault(&moved), DocumentFault::Layout("the parts of Signature"));
    let renamed = xml.replace("2000/09/xmldsig#\"", "2000/09/xmldsig\"");
    assert_eq!(fault(&renamed), DocumentFault::Layout("the root is no Signature"));
    assert_eq!(
        fault(&xml.replace("<Object>", "text<Object>")),
        DocumentFault::Layout("text beside elements")
    );
}
