"""A serialized Java object that is no model.

What
----
A stream of Java serialization makes objects of classes that public gadget chains are built of, of
classes that neither Java nor a library of models brings, or names a place to look an object up.

Why
---
Reading the stream makes every object in it and calls methods of theirs, before the program sees
what it has read. With the right classes on the class path that runs a command, loads a class, or
fetches one from another host.

Remediation
-----------
Do not read the file. Ask for a model in a format that holds no objects (PMML, ONNX), or read it
behind a filter (`ObjectInputFilter`) that allows the classes of the model alone.

References
----------
- https://github.com/frohoff/ysoserial
- https://docs.oracle.com/javase/17/docs/specs/serialization/protocol.html
- https://cwe.mitre.org/data/definitions/502.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="java-class",
    title="A serialized Java object that is no model",
    severity=Severity.CRITICAL,
    remediation="Do not read the file; ask for a format that holds no objects.",
    fires=(
        'reference java-object "org.apache.commons.collections.functors.InvokerTransformer" @5',
        'reference java-object "[Lorg.apache.commons.collections4.Transformer;"',
        'reference java-object "java.net.URL"',
        'reference java-object "com.acme.Thing"',
        'reference java-lookup "ldap://198.51.100.1/a"',
        'reference java-proxy "java.util.Map"',
    ),
    silent=(
        'reference java-object "weka.classifiers.trees.J48"',
        'reference java-object "java.util.HashMap" x3',
        'reference java-object "[[D"',
        'reference java-object "[Lweka.core.Attribute;"',
        'reference java-object "org.apache.spark.ml.linalg.DenseVector"',
        'reference java-lookup "https://www.cs.waikato.ac.nz/ml/weka/"',
    ),
    cwe=502,
    atlas="AML.T0011.000",
)

#: Classes and packages that the chains of ysoserial and its kin are built of.
_GADGETS: Final = (
    *("org.apache.commons.collections.", "org.apache.commons.collections4."),
    *("org.apache.commons.beanutils.", "org.apache.commons.fileupload.", "org.apache.commons.dbcp"),
    *("com.sun.org.apache.xalan.", "org.apache.xalan.", "com.sun.org.apache.xpath.", "bsh."),
    *("org.codehaus.groovy.", "groovy.", "clojure.", "org.python.", "org.mozilla.javascript."),
    *("org.springframework.", "com.mchange.", "org.hibernate.", "com.sun.rowset.", "sun.reflect."),
    *("sun.rmi.", "java.rmi.", "javax.rmi.", "javax.management.", "javax.naming.", "javax.script."),
    *("com.sun.jndi.", "com.sun.syndication.", "com.rometools.", "org.apache.wicket."),
    *("org.aspectj.", "org.apache.click.", "com.vaadin.", "net.sf.json.", "org.apache.myfaces."),
    *("com.alibaba.fastjson", "com.fasterxml.jackson.databind.", "org.jboss.", "javassist."),
    *("org.apache.logging.", "org.apache.log4j.", "com.atomikos.", "org.apache.struts"),
    *(
        "net.sf.jasperreports.",
        "com.redhat.ceylon.",
        "org.apache.bcel.",
        "com.sun.org.apache.bcel.",
    ),
    *("java.lang.ProcessBuilder", "java.lang.Runtime", "java.lang.ProcessImpl", "java.beans."),
    *("java.security.SignedObject", "javax.swing.event.EventListenerList", "javax.swing.undo."),
    *(
        "java.lang.ClassLoader",
        "java.net.URLClassLoader",
        "com.sun.corba.",
        "javax.el.",
        "org.mvel",
    ),
    *("ognl.", "jdk.nashorn.", "org.apache.openjpa.", "oracle.jdbc.", "com.ibm.", "weblogic."),
    *("javax.activation.", "javax.imageio.spi.", "com.sun.xml.internal.", "org.eclipse.jetty."),
    *("org.apache.batik.", "org.quartz.", "org.apache.tomcat.", "org.apache.catalina."),
)
#: Classes that do something when they are read, and stand in honest streams seldom or never.
_TELLING: Final = (
    *("java.net.", "java.io.", "java.nio.", "java.lang.invoke.", "java.lang.reflect."),
    *("java.lang.Thread", "javax.swing.", "java.awt.", "javax.crypto.", "java.security."),
    *("javax.net.", "javax.sql.", "java.sql.", "sun.", "com.sun.", "jdk."),
)
#: Of those, what plain data is made of.
_DATA: Final = (
    *("java.io.File", "java.awt.Color", "java.awt.Point", "java.awt.Dimension", "java.sql.Date"),
    *(
        "java.sql.Timestamp",
        "java.awt.Font",
        "java.awt.Rectangle",
        "java.awt.geom.",
        "java.sql.Time",
    ),
)
#: What Java itself and the libraries of models write.
_HONEST: Final = (
    *("java.lang.", "java.util.", "java.math.", "java.time.", "java.text."),
    *("weka.", "moa.", "meka.", "adams.", "no.uib.cipr.matrix.", "com.github.fommil.", "libsvm."),
    *("org.apache.spark.", "scala.", "breeze.", "org.json4s.", "org.apache.hadoop."),
    *("hex.", "water.", "ai.h2o.", "org.jpmml.", "org.dmg.pmml.", "ml.dmlc.", "ml.combust."),
    *(
        "smile.",
        "org.tribuo.",
        "com.oracle.labs.",
        "org.deeplearning4j.",
        "org.nd4j.",
        "org.encog.",
    ),
    *("opennlp.", "edu.stanford.nlp.", "cc.mallet.", "de.bwaldvogel.liblinear.", "liblinear."),
    *(
        "com.rapidminer.",
        "com.rapidanalytics.",
        "org.knime.",
        "gnu.trove.",
        "it.unimi.dsi.fastutil.",
    ),
    *("com.carrotsearch.hppc.", "org.apache.commons.math", "com.google.common.collect."),
    *("edu.umass.", "de.jstacs.", "net.sf.javaml.", "org.ejml.", "Jama.", "cern.colt."),
)
_LOOKUP: Final = re.compile(r"(?i)(?:ldaps?|rmi|iiop|corbaname|corbaloc|jndi|dns|jrmp|jar):")
_ARRAY: Final = re.compile(r"\[+(?:L([^;]*);?|[BCDFIJSZ])\Z")


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for the classes of each severity, the proxies and the lookups."""
    by_severity: dict[Severity, list[Reference]] = {}
    for fact in subject.of(Reference):
        severity = _judge(fact)
        if severity is not None:
            by_severity.setdefault(severity, []).append(fact)
    for severity, found in by_severity.items():
        names = ", ".join(fact.target[:100] for fact in found[:5])
        yield Match(f"reading the stream makes or looks up {names}", tuple(found[:20]), severity)


def _judge(fact: Reference) -> Severity | None:
    if fact.role == "java-lookup":
        return Severity.CRITICAL if _LOOKUP.match(fact.target) else None
    if fact.role == "java-proxy":
        return Severity.MEDIUM
    return _of_class(fact.target) if fact.role == "java-object" else None


def _of_class(name: str) -> Severity | None:
    array = _ARRAY.match(name)
    if array is not None:
        name = array[1] or ""
    if not name or name == "java.lang.reflect.Proxy":
        return None  # each proxy is told by its interfaces
    if name.startswith(_GADGETS):
        return Severity.CRITICAL
    if name.startswith(_TELLING) and not name.startswith(_DATA):
        return Severity.HIGH
    return None if name.startswith((*_HONEST, *_DATA)) else Severity.MEDIUM
