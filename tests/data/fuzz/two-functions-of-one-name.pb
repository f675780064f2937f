*
"se

€0	WriteFile

1PyFõnc