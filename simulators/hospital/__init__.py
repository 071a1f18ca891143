"""Hospitals' own systems: what a house keeps, its doors over FHIR R4, SOAP and HL7 v2, and how tests steer it."""
