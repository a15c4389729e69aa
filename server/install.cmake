# What `cmake --install` puts where; docs/operations.md says what to do then.
set(SANFANG_SHARE ${CMAKE_INSTALL_FULL_DATADIR}/sanfang)

foreach(program sanfangd sanfang)
        if(TARGET ${program})
                install(TARGETS ${program} RUNTIME
                        DESTINATION ${CMAKE_INSTALL_BINDIR})
        endif()
endforeach()

install(DIRECTORY ${CMAKE_SOURCE_DIR}/schemas/sql/
        DESTINATION ${CMAKE_INSTALL_DATADIR}/sanfang/sql
        FILES_MATCHING PATTERN "*.sql")
install(DIRECTORY ${CMAKE_SOURCE_DIR}/alerts/rules/
        DESTINATION ${CMAKE_INSTALL_DATADIR}/sanfang/rules
        FILES_MATCHING PATTERN "*.json")
install(DIRECTORY ${CMAKE_SOURCE_DIR}/sensors/checks/
        DESTINATION ${CMAKE_INSTALL_DATADIR}/sanfang/checks
        FILES_MATCHING PATTERN "*.json")
install(DIRECTORY ${CMAKE_SOURCE_DIR}/sensors/mappings/
        DESTINATION ${CMAKE_INSTALL_DATADIR}/sanfang/mappings
        FILES_MATCHING PATTERN "*.json")
# The built page; `./run build` makes it.
install(DIRECTORY ${CMAKE_SOURCE_DIR}/sensors/vendors/
        DESTINATION ${CMAKE_INSTALL_DATADIR}/sanfang/vendors
        FILES_MATCHING PATTERN "*.json")
install(DIRECTORY ${CMAKE_SOURCE_DIR}/build/console/
        DESTINATION ${CMAKE_INSTALL_DATADIR}/sanfang/console
        OPTIONAL PATTERN ".built" EXCLUDE)

# The unit: in /usr/lib/systemd/system for a package's prefix /usr, and in
# <prefix>/lib/systemd/system else.  systemd looks into /usr/local/lib too.
configure_file(${CMAKE_CURRENT_LIST_DIR}/packaging/systemd/sanfangd.service.in
        ${CMAKE_BINARY_DIR}/packaging/sanfangd.service @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/packaging/sanfangd.service
        DESTINATION lib/systemd/system)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/packaging/systemd/sysusers.conf
        DESTINATION lib/sysusers.d RENAME sanfang.conf)

# Examples, and a first configuration: what is there is never overwritten.
set(LISTENER "8883")
set(DIR /etc/mosquitto/sanfang/broker)
set(TLS "cafile /etc/mosquitto/sanfang/ca.pem
certfile /etc/mosquitto/sanfang/server.pem
keyfile /etc/mosquitto/sanfang/server.key
# With a certificate for each station instead of a password:
#require_certificate true
#use_identity_as_username true
")
configure_file(${CMAKE_CURRENT_LIST_DIR}/packaging/mosquitto/sanfang.conf.in
        ${CMAKE_BINARY_DIR}/packaging/mosquitto.conf @ONLY)
configure_file(${CMAKE_CURRENT_LIST_DIR}/packaging/etc/sanfang.json.in
        ${CMAKE_BINARY_DIR}/packaging/sanfang.json @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/packaging/sanfang.json
        ${CMAKE_BINARY_DIR}/packaging/mosquitto.conf
        ${CMAKE_CURRENT_LIST_DIR}/packaging/mosquitto/sanfang.acl
        DESTINATION ${CMAKE_INSTALL_DATADIR}/sanfang/examples)
install(CODE "
        set(etc \"${CMAKE_INSTALL_FULL_SYSCONFDIR}/sanfang\")
        if(NOT EXISTS \"\$ENV{DESTDIR}\${etc}/sanfang.json\")
                file(INSTALL ${CMAKE_BINARY_DIR}/packaging/sanfang.json
                        DESTINATION \"\${etc}\" FILE_PERMISSIONS
                        OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
        endif()
")

file(GLOB SANFANG_MAN CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/man/*.[1-8])
foreach(page ${SANFANG_MAN})
        string(REGEX MATCH "[1-8]$" section ${page})
        install(FILES ${page}
                DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()
install(FILES ${CMAKE_SOURCE_DIR}/docs/operations.md
        DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
